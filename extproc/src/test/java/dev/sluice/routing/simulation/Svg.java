package dev.sluice.routing.simulation;

/** Writes a small drawing that can be read on a light page and on a dark one. */
final class Svg {
  /** Colours that people with any kind of sight tell apart, one a channel. */
  private static final String[] COLOURS = {"#0072b2", "#e69f00", "#cc79a7", "#009e73", "#56b4e9"};

  private static final String STYLE =
      """
      <style>
      text { font: 12px system-ui, sans-serif; fill: #222 }
      .small { font-size: 10px; fill: #666 }
      .head { font-size: 13px; font-weight: 600 }
      .page { fill: #fff }
      .line { stroke: #ccc; stroke-width: 1; fill: none }
      .other { fill: #999; fill-opacity: 0.55 }
      .best { fill: none; stroke: #222; stroke-width: 1.5 }
      .ours { fill: #d55e00 }
      .window { fill: #d55e00; fill-opacity: 0.14 }
      @media (prefers-color-scheme: dark) {
        text { fill: #ddd }
        .small { fill: #999 }
        .page { fill: #16181c }
        .line { stroke: #444 }
        .other { fill: #aaa }
        .best { stroke: #eee }
      }
      </style>
      """;

  private final StringBuilder body = new StringBuilder();

  /** A drawing of this size on a page of its own. */
  Svg(int width, int height, String title) {
    body.append("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"")
        .append(of("viewBox", "0 0 " + width + " " + height))
        .append(of("width", width))
        .append(of("height", height))
        .append(">\n<title>" + escaped(title) + "</title>\n")
        .append(STYLE);
    rect(0, 0, width, height, "page");
  }

  void text(double x, double y, String anchor, String style, String text) {
    body.append("<text" + of("x", x) + of("y", y) + of("text-anchor", anchor))
        .append(of("class", style) + ">" + escaped(text) + "</text>\n");
  }

  void line(double x1, double y1, double x2, double y2) {
    body.append("<path class=\"line\"" + of("d", "M" + point(x1, y1) + "L" + point(x2, y2)))
        .append("/>\n");
  }

  void rect(double x, double y, double width, double height, String style) {
    body.append("<rect" + of("x", x) + of("y", y) + of("width", width) + of("height", height))
        .append(of("class", style) + "/>\n");
  }

  /** A dot with words that show when it is pointed at. */
  void dot(double x, double y, double radius, String style, String words) {
    body.append("<circle" + of("cx", x) + of("cy", y) + of("r", radius) + of("class", style))
        .append("><title>" + escaped(words) + "</title></circle>\n");
  }

  void swatch(double x, double y, int colour) {
    body.append("<rect" + of("x", x) + of("y", y) + of("width", 10) + of("height", 10))
        .append(of("fill", COLOURS[colour]) + "/>\n");
  }

  /** What lies between two lines over the same points. */
  void area(double[] x, double[] below, double[] above, int colour) {
    var path = new StringBuilder();
    for (int i = 0; i < x.length; i++) {
      path.append(i == 0 ? "M" : "L").append(point(x[i], above[i]));
    }
    for (int i = x.length - 1; i >= 0; i--) {
      path.append("L").append(point(x[i], below[i]));
    }
    body.append("<path" + of("d", path + "Z") + of("fill", COLOURS[colour]) + "/>\n");
  }

  private static String of(String name, Object value) {
    return " " + name + "=\"" + (value instanceof Double number ? round(number) : value) + "\"";
  }

  private static String point(double x, double y) {
    return round(x) + " " + round(y);
  }

  private static String round(double value) {
    return Double.toString(Math.round(value * 10) / 10.0);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  @Override
  public String toString() {
    return body + "</svg>\n";
  }
}
