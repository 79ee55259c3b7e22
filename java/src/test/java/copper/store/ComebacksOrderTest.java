package copper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import copper.codec.Hello;
import copper.codec.Serving;
import copper.simulate.VirtualTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What another thread does just then is done here within the step. */
class ComebacksOrderTest {
  private static final int BETTER = 0;
  private static final int NODE = 1;
  private static final int WORSE = 2;

  /** One that is always there and has been lost; another one answers meanwhile. */
  private static final class Lost implements Comebacks.Listener {
    private final VirtualTime time = new VirtualTime();
    private final Comebacks comebacks = new Comebacks(Timeouts.DEFAULT, time, this);
    private final Ancestor node =
        new Ancestor(
            new ReadyNodes(),
            "node",
            ServedBy.Role.PARENT,
            NODE,
            Hello.own(),
            Timeouts.DEFAULT.failover(),
            time);
    private final int lostAgain;
    private int serving;
    private boolean again;

    /**
     * Makes it.
     *
     * @param lostAgain who is lost as soon as somebody hears that it serves, and the node with it
     */
    Lost(int serving, int lostAgain) {
      this.serving = serving;
      this.lostAgain = lostAgain;
      comebacks.lose(node);
    }

    private void meanwhile() {
      if (serving == lostAgain && !again) {
        again = true;
        serving = WORSE;
        comebacks.lose(node);
      }
    }

    void assertComesBack() {
      time.advance(Duration.ofSeconds(30));
      assertEquals(NODE, serving);
      assertFalse(comebacks.isLost(node));
    }

    @Override
    public boolean isWanted(Ancestor lost) {
      boolean wanted = lost.rank() < serving;
      meanwhile();
      return wanted;
    }

    @Override
    public Serving standing() {
      return new Serving(true, 1);
    }

    @Override
    public void learn(Serving other) {}

    @Override
    public boolean takeBack(Ancestor back) {
      serving = NODE;
      meanwhile();
      return true;
    }
  }

  @Test
  void oneThatIsLostAgainAsItIsTakenBackIsAskedAgain() {
    new Lost(WORSE, NODE).assertComesBack();
  }

  @Test
  void oneThatIsNotWantedIsAskedAgainOnceTheBetterOneIsLost() {
    new Lost(BETTER, BETTER).assertComesBack();
  }
}
