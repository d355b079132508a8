// One kind of chart: horizontal bars. Drawn on a canvas, so that labels are never markup and no style is inlined.

import { BarChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, GridComponent, CanvasRenderer]);

/** Draws, and draws again when the place or the colours change; `pick` hears which bar was clicked, by it or by its name.
 * Answers how to end it. */
export function draw(
  target: HTMLElement,
  bars: () => { name: string; value: number }[],
  pick: (nth: number) => void,
): () => void {
  const chart = init(target, null, { renderer: "canvas" });
  // Paper is light, whatever the screen was.
  const looks = ["(prefers-color-scheme: dark)", "print"].map((query) => matchMedia(query));
  const paint = (): void => {
    const style = getComputedStyle(target);
    const [ink, accent] = [style.color, style.getPropertyValue("accent-color") || style.color];
    const shown = bars();
    chart.setOption(
      {
        animation: false,
        grid: { left: 8, right: 48, top: 8, bottom: 8, outerBoundsMode: "same" },
        xAxis: { type: "value", axisLabel: { color: ink }, splitLine: { lineStyle: { opacity: 0.25 } } },
        yAxis: {
          type: "category",
          inverse: true,
          triggerEvent: true,
          data: shown.map((bar) => bar.name),
          axisLabel: { color: ink, width: 160, overflow: "truncate" },
        },
        series: [
          {
            type: "bar",
            data: shown.map((bar) => bar.value),
            itemStyle: { color: accent },
            label: { show: true, position: "right", color: ink },
          },
        ],
      },
      true,
    );
  };
  const watch = new ResizeObserver(() => chart.resize());
  watch.observe(target);
  for (const look of looks) look.addEventListener("change", paint);
  chart.on("click", ({ componentType, dataIndex, value }) => {
    const nth = componentType === "yAxis" ? bars().findIndex((bar) => bar.name === value) : dataIndex;
    if (nth >= 0) pick(nth);
  });
  paint();
  return () => {
    watch.disconnect();
    for (const look of looks) look.removeEventListener("change", paint);
    chart.dispose();
  };
}
