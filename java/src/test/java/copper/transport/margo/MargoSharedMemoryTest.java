package copper.transport.margo;

import copper.transport.RpcTransport;
import copper.transport.RpcTransportContract;
import java.util.List;

/** The contract, kept over shared memory. */
class MargoSharedMemoryTest extends RpcTransportContract {
  @Override
  protected void prepare() {
    NativeTransport.assumeBuilt();
  }

  @Override
  protected RpcTransport open() throws Exception {
    return MargoTransport.open(MargoOptions.of("na+sm"));
  }

  @Override
  protected List<String> peerArguments(String address) {
    return List.of(MargoPeer.class.getName(), "na+sm");
  }

  @Override
  protected List<String> peerJvmArguments() {
    return NativeTransport.jvmArguments();
  }

  @Override
  protected String deadAddress() {
    return "na+sm://1-77";
  }

  @Override
  protected boolean cancelsHandlers() {
    return false;
  }

  @Override
  protected boolean tellsWhyAHandlerFailed() {
    return false;
  }

  @Override
  protected int cycles() {
    return 50;
  }

  @Override
  protected boolean addressesCanBeTakenAgain() {
    return false;
  }
}
