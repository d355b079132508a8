// One kind of chart: horizontal bars. Drawn on a canvas, so that labels are never markup and no style is inlined.

import { BarChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, GridComponent, CanvasRenderer]);

/** Draws, and draws again when the place or the colours change; answers how to end it. */
export function draw(target: HTMLElement, bars: () => { name: string; value: number }[]): () => void {
  const chart = init(target, null, { renderer: "canvas" });
  const dark = matchMedia("(prefers-color-scheme: dark)");
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
  dark.addEventListener("change", paint);
  paint();
  return () => {
    watch.disconnect();
    dark.removeEventListener("change", paint);
    chart.dispose();
  };
}
