package copper.simulate;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Results as a picture in SVG, complete in itself: how long the programs took, and how much was
 * asked of storage, by the number of nodes.
 */
public final class Plot {
  private static final int WIDTH = 460;
  private static final int HEIGHT = 300;
  private static final int LEFT = 70;
  private static final int TOP = 50;
  private static final int GAP = 110;
  private static final int LINES = 5;
  private static final double ROOM_FOR_NAMES = 1.25;

  private final List<Result> results;
  private final StringBuilder svg = new StringBuilder();

  private record Curve(String name, String colour, ToDoubleFunction<Result> value) {}

  private Plot(List<Result> results) {
    this.results = results;
  }

  /** Returns the picture of {@code results}, one at least. */
  public static String svg(List<Result> results) {
    return new Plot(results).draw();
  }

  private static double seconds(Result result, int percent) {
    return Table.seconds(Table.percentile(Table.sorted(result.nodes(), NodeResult::took), percent));
  }

  private static double storage(Result result) {
    return result.nodes().stream().mapToLong(NodeResult::storage).sum();
  }

  private String draw() {
    int width = LEFT + 2 * WIDTH + GAP + 30;
    int height = TOP + HEIGHT + 60;
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
            width,
            height,
            width,
            height));
    panel(
        LEFT,
        "time of the program on a node (s)",
        List.of(
            new Curve("slowest node", "#b2182b", result -> seconds(result, 100)),
            new Curve("99th percentile", "#ef8a62", result -> seconds(result, 99)),
            new Curve("median", "#2166ac", result -> seconds(result, 50))));
    panel(
        LEFT + WIDTH + GAP,
        "operations on storage, all roots together",
        List.of(new Curve("operations", "#2166ac", Plot::storage)));
    return svg.append("</svg>\n").toString();
  }

  private void panel(int left, String title, List<Curve> curves) {
    double most =
        results.stream()
            .flatMapToDouble(
                result -> curves.stream().mapToDouble(curve -> curve.value().applyAsDouble(result)))
            .max()
            .orElse(1);
    double top = LINES * step(most * ROOM_FOR_NAMES / LINES);
    text(left, TOP - 30, "start", title);
    text(left + WIDTH / 2, TOP + HEIGHT + 40, "middle", "nodes");
    for (int i = 0; i <= LINES; i++) {
      double y = TOP + HEIGHT - (double) HEIGHT * i / LINES;
      line(left, y, left + WIDTH, y, "#ddd");
      text(left - 8, y + 4, "end", label(top * i / LINES));
    }
    for (Result result : results) {
      double x = x(left, result);
      line(x, TOP + HEIGHT, x, TOP + HEIGHT + 5, "#888");
      text(
          x, TOP + HEIGHT + 20, "middle", String.format(Locale.ROOT, "%,d", result.nodes().size()));
    }
    for (int i = 0; i < curves.size(); i++) {
      curve(left, curves.get(i), top);
      line(left + 10, TOP + 10 + 16 * i, left + 30, TOP + 10 + 16 * i, curves.get(i).colour());
      text(left + 36, TOP + 14 + 16 * i, "start", curves.get(i).name());
    }
  }

  /** Returns the least of 1, 2, 2.5 and 5 with any power of ten that is not below {@code least}. */
  private static double step(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(Math.max(least, Double.MIN_NORMAL))));
    return DoubleStream.of(1, 2, 2.5, 5, 10)
        .map(digit -> digit * power)
        .filter(step -> step >= least)
        .findFirst()
        .orElse(10 * power);
  }

  private void curve(int left, Curve curve, double top) {
    StringBuilder points = new StringBuilder();
    for (Result result : results) {
      double x = x(left, result);
      double y = TOP + HEIGHT * (1 - curve.value().applyAsDouble(result) / top);
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
      svg.append(
          String.format(
              Locale.ROOT,
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n",
              x,
              y,
              curve.colour()));
    }
    svg.append(
        String.format(
            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n",
            points.toString().strip(), curve.colour()));
  }

  /** Each doubling of the number of nodes takes as much room as any other. */
  private double x(int left, Result result) {
    double first = Math.log(results.get(0).nodes().size());
    double last = Math.log(results.get(results.size() - 1).nodes().size());
    double part = last > first ? (Math.log(result.nodes().size()) - first) / (last - first) : 0.5;
    return left + 20 + part * (WIDTH - 40);
  }

  private void line(double x1, double y1, double x2, double y2, String colour) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>%n",
            x1,
            y1,
            x2,
            y2,
            colour));
  }

  private void text(double x, double y, String anchor, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            text));
  }

  private static String label(double value) {
    return value >= 100
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%.2f", value);
  }
}
