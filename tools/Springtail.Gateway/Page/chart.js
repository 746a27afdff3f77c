// A chart over time with its latest values in words above it.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const number = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 5, useGrouping: false });

export const timeOf = ms => clock.format(ms);

export function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

export class Chart {
  // place: the element it goes into; title; names of its lines; options: stepped lines, unit, the least range from 0.
  constructor(place, title, names, options = {}) {
    this.title = title;
    this.names = names;
    this.options = options;
    this.figure = make("figure");
    this.caption = make("figcaption");
    this.caption.append(make("span", title));
    this.values = names.map((name, i) => {
      const label = make("span", names.length > 1 ? name + " " : "", names.length > 1 ? "s" + i : "");
      const value = make("b");
      label.append(value);
      this.caption.append(label);
      return value;
    });
    this.plot = make("div", undefined, "plot");
    this.plot.setAttribute("role", "img");
    this.figure.append(this.caption, this.plot);
    place.append(this.figure);
    this.data = [[], ...names.map(() => [])];
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.plot);
  }

  // times in ms; one array of values for each line, null for none.
  set(times, lines) {
    this.data = [times.map(t => t / 1000), ...lines];
    const last = lines.map(line => line.findLast(v => v !== null) ?? null);
    const unit = this.options.unit ? " " + this.options.unit : "";
    last.forEach((value, i) => { this.values[i].textContent = value === null ? "" : number.format(value) + unit; });
    this.plot.setAttribute("aria-label", `${this.title} over time: ${this.names.map((n, i) => `${n} ${this.values[i].textContent}`).join(", ")}`);
    if (this.u) this.u.setData(this.data);
    else this.fit();
  }

  fit() {
    const size = { width: this.plot.clientWidth, height: this.plot.clientHeight };
    if (size.width === 0 || this.data[0].length === 0) return;
    if (this.u) this.u.setSize(size);
    else this.u = new uPlot(this.shape(size), this.data, this.plot);
  }

  // Colours have changed.
  repaint() {
    this.u?.destroy();
    this.u = null;
    this.fit();
  }

  remove() {
    this.observer.disconnect();
    this.u?.destroy();
    this.figure.remove();
  }

  shape(size) {
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(name).trim();
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    const { stepped, least = 0, atZero } = this.options;
    return {
      ...size,
      padding: [8, 24, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: true },
        y: {
          range: (u, low, high) => {
            if (low === null || high === null) return [0, 1];
            const room = Math.max((high - low) * 0.08, least, Math.abs(high) * 0.001);
            return [atZero ? 0 : low - room, high + room];
          },
        },
      },
      axes: [
        { ...axis, size: 24, space: 72, values: (u, splits) => splits.map(s => timeOf(s * 1000)) },
        { ...axis, size: 52, space: 28, values: (u, splits) => splits.map(v => number.format(v)) },
      ],
      series: [
        {},
        ...this.names.map((name, i) => ({
          label: name,
          stroke: colour(i === 0 ? "--first" : "--second"),
          width: 1.5,
          spanGaps: true,
          points: { show: !stepped && this.data[0].length < 3, size: 4 },
          ...(stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
        })),
      ],
    };
  }
}
