package copper.transport;

import java.io.OutputStream;
import java.util.Arrays;

/**
 * A process that serves {@link PeerServices} on some transport, for tests that stop or kill it.
 *
 * <p>Arguments: the name of a class that implements {@link Opener}, then what that takes. Prints
 * {@code address ADDRESS} and ends when its standard input does, so that none outlives its test.
 */
public final class PeerMain {
  /** Opens a transport; implemented, with a constructor without parameters, per transport. */
  public interface Opener {
    /** Returns a new transport made as {@code arguments} say. */
    RpcTransport open(String[] arguments) throws Exception;
  }

  private PeerMain() {}

  /** Runs until standard input ends. */
  public static void main(String[] arguments) throws Exception {
    Opener opener =
        Class.forName(arguments[0]).asSubclass(Opener.class).getDeclaredConstructor().newInstance();
    try (RpcTransport transport = opener.open(Arrays.copyOfRange(arguments, 1, arguments.length))) {
      PeerServices.register(transport);
      System.out.println("address " + transport.address());
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
