// A small bar chart: two stacked parts a bar, drawn as SVG; the same figures as a table for those who do not see it.
import { Group, Text, VisuallyHidden } from "@mantine/core";
import { number } from "../util/format";
import classes from "./ui.module.css";

export interface Bar {
  label: string;
  low: number;
  high: number;
}

interface Props {
  title: string;
  low: { name: string; color: string };
  high: { name: string; color: string };
  bars: readonly Bar[];
  // Every how many bars a label stands below.
  every?: number;
}

const WIDTH = 340;
const HEIGHT = 120;
const FOOT = 18;

export function Bars({ title, low, high, bars, every = 1 }: Props) {
  const most = Math.max(1, ...bars.map((bar) => bar.low + bar.high));
  const step = WIDTH / Math.max(1, bars.length);
  const scale = (HEIGHT - FOOT) / most;
  return (
    <figure style={{ margin: 0 }}>
      <svg className={classes.bars} viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`} aria-hidden="true">
        {bars.map((bar, index) => {
          const x = index * step + step * 0.14;
          const width = step * 0.72;
          const lowHeight = bar.low * scale;
          const highHeight = bar.high * scale;
          return (
            <g key={bar.label}>
              <rect x={x} width={width} y={HEIGHT - FOOT - lowHeight} height={lowHeight} fill={low.color} />
              <rect x={x} width={width} y={HEIGHT - FOOT - lowHeight - highHeight} height={highHeight} fill={high.color} />
              {index % every === 0 && (
                <text x={x + width / 2} y={HEIGHT - 4} textAnchor="middle">
                  {bar.label}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <Group gap="md" mt={4}>
        {[low, high].map((part) => (
          <Group gap={6} key={part.name}>
            <svg width="12" height="12" aria-hidden="true">
              <rect width="12" height="12" rx="3" fill={part.color} />
            </svg>
            <Text size="sm">{part.name}</Text>
          </Group>
        ))}
      </Group>
      <VisuallyHidden>
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <td />
              <th scope="col">{low.name}</th>
              <th scope="col">{high.name}</th>
            </tr>
          </thead>
          <tbody>
            {bars.map((bar) => (
              <tr key={bar.label}>
                <th scope="row">{bar.label}</th>
                <td>{number(bar.low)}</td>
                <td>{number(bar.high)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </figure>
  );
}
