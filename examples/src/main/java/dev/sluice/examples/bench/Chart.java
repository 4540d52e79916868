package dev.sluice.examples.bench;

import java.util.List;

/**
 * Dots on a logarithmic axis, a panel for each work, as SVG. It brings its own ground, so that it
 * can be read on any page, and follows the reader's wish for light or dark.
 */
record Chart(List<Panel> panels) {
  private static final int WIDTH = 760;
  private static final int LEFT = 300;
  private static final int RIGHT = 90;
  private static final int LINE = 22;
  private static final int HEAD = 40;
  private static final int FOOT = 30;

  /** One work. */
  record Panel(String title, List<Row> rows) {}

  /**
   * One case.
   *
   * @param ours whether it stands out
   */
  record Row(String name, double value, boolean ours) {}

  String svg() {
    var body = new StringBuilder();
    int top = 10;
    for (Panel panel : panels) {
      top += panel(body, panel, top);
    }
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img" aria-label="CPU for each answer or event, by gateway">
    <style>
    .ground{fill:#fff}.text{fill:#1f2328;font:13px system-ui,sans-serif}.title{font-weight:600}.axis{fill:#59636e;font:11px system-ui,sans-serif}
    .grid{stroke:#d1d9e0}.ours{fill:#0969da}.theirs{fill:#818b98}
    @media (prefers-color-scheme:dark){.ground{fill:#0d1117}.text{fill:#f0f6fc}.axis{fill:#9198a1}.grid{stroke:#3d444d}.ours{fill:#58a6ff}.theirs{fill:#9198a1}}
    </style>
    <rect class="ground" width="%1$d" height="%2$d" rx="8"/>
    %3$s</svg>
    """
        .formatted(WIDTH, top + 5, body);
  }

  private static int panel(StringBuilder body, Panel panel, int top) {
    double least = panel.rows().stream().mapToDouble(Row::value).min().orElse(1);
    double most = panel.rows().stream().mapToDouble(Row::value).max().orElse(10);
    double from = Math.floor(Math.log10(least));
    double to = Math.max(from + 1, Math.ceil(Math.log10(most)));
    int bottom = top + HEAD + panel.rows().size() * LINE;
    text(body, "text title", 20, top + 22, "start", panel.title());
    for (double decade = from; decade <= to; decade++) {
      double x = x(decade, from, to);
      body.append(
          "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>%n"
              .formatted(x, x, top + HEAD - 6, bottom));
      text(body, "axis", x, bottom + 14, "middle", amount(Math.pow(10, decade)));
    }
    int y = top + HEAD;
    for (Row row : panel.rows()) {
      double x = x(Math.log10(row.value()), from, to);
      text(body, row.ours() ? "text title" : "text", LEFT - 14, y + 12, "end", row.name());
      body.append(
          "<circle class=\"%s\" cx=\"%.1f\" cy=\"%d\" r=\"5\"/>%n"
              .formatted(row.ours() ? "ours" : "theirs", x, y + 8));
      text(body, "axis", x + 10, y + 12, "start", amount(row.value()));
      y += LINE;
    }
    return HEAD + panel.rows().size() * LINE + FOOT;
  }

  private static double x(double decade, double from, double to) {
    return LEFT + (WIDTH - LEFT - RIGHT) * (decade - from) / (to - from);
  }

  private static String amount(double value) {
    return value < 10 ? "%.1f".formatted(value).replaceAll("\\.0$", "") : "%,.0f".formatted(value);
  }

  private static void text(
      StringBuilder body, String style, double x, double y, String anchor, String text) {
    body.append(
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n"
            .formatted(style, x, y, anchor, text.replace("&", "&amp;").replace("<", "&lt;")));
  }
}
