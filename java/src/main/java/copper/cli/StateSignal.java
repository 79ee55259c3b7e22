package copper.cli;

import java.io.PrintStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The signal at which a node prints what it is at: SIGUSR1. SIGQUIT belongs to the JVM, which
 * prints its threads, and lets nobody else have it.
 *
 * <p>Through reflection, since the compiler warns of sun.misc.Signal, for which there is nothing
 * else; a Java without it works all the same.
 */
final class StateSignal {
  private static final Logger LOG = Logger.getLogger(StateSignal.class.getName());

  private StateSignal() {}

  /** Prints {@code state} to {@code out} at each signal from now on. */
  static void handle(Supplier<String> state, PrintStream out) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler print =
          (proxy, method, arguments) -> {
            if (method.getName().equals("handle")) {
              out.print(state.get());
              out.flush();
              return null;
            }
            return switch (method.getName()) {
              case "hashCode" -> System.identityHashCode(proxy);
              case "equals" -> proxy == arguments[0];
              default -> "the node's state";
            };
          };
      Object proxy =
          Proxy.newProxyInstance(
              StateSignal.class.getClassLoader(), new Class<?>[] {handler}, print);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("USR1"), proxy);
    } catch (ReflectiveOperationException e) {
      LOG.log(Level.FINE, "SIGUSR1 is not handled", e);
    }
  }
}
