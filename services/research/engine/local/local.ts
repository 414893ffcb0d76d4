import { criteriaOf } from '../criteria.ts';
import { lowestOver } from '../hierarchy.ts';
import { type Model, type Task, taskOf } from '../model.ts';
import { type Recoding, recodingOf } from '../recoding.ts';
import type { Table } from '../table.ts';
import { choose } from './choose.ts';
import { divide } from './divide.ts';
import { grown, membersOf, partOfRows } from './members.ts';
import { type Rules, rulesOf } from './plan.ts';
import { type Part, type Run, runOf } from './run.ts';
import { shapeOf } from './shape.ts';

/**
 * Local recoding: splits the table top-down, each time by the quasi-identifier that wins most NCP for the anonymity it
 * uses up, until nothing can be split. Suppresses no row. Deterministic: equal tables give equal recodings.
 * @throws Failure as `taskOf` and `criteriaOf` do
 */
export function recodeLocally(table: Table, model: Model, labels: Recoding['labels'] = 'node'): Recoding {
  const task = taskOf(table, model);
  const rules = rulesOf(task, criteriaOf(task));
  return split(task, rules, labels);
}

/** What is done: by member its class; by quasi-identifier and class the lowest and highest code. */
interface Classes {
  count: number;
  of: Int32Array;
  low: number[][];
  high: number[][];
}

function split(task: Task, rules: Rules, labels: Recoding['labels']): Recoding {
  const shapes = task.quasi.map(({ hierarchy }) => shapeOf(hierarchy));
  const members = membersOf(task);
  const run = runOf(members, shapes, rules);
  const classes: Classes = {
    count: 0,
    of: new Int32Array(members.count),
    low: shapes.map(() => []),
    high: shapes.map(() => []),
  };
  const roots = shapes.map(({ hierarchy: { root, leaves } }) => (root < leaves ? ~root : root));
  // the last part of the pile stands rightmost in the order: what a division of it grows over is done
  const pile: Part[] = [{ low: 0, high: members.count, rows: task.rows, nodes: roots }];
  for (let part = pile.pop(); part; part = pile.pop()) {
    if (part.rows >= 2 * rules.k && choose(run, part)) pileParts(run, part, pile);
    else close(run, part, classes);
  }
  return finish(task, run, classes, labels);
}

function pileParts(run: Run, part: Part, pile: Part[]): void {
  const { best, shapes } = run;
  const { hierarchy, children } = shapes[best.attribute]!;
  const ends = divide(run, part);
  let low = part.low;
  for (let child = 0, index = 0; child < best.children; child++) {
    if (!best.kept[child]) continue;
    const nodes = part.nodes.slice();
    const node = children[best.node]![child]!;
    nodes[best.attribute] = node < hierarchy.leaves ? ~node : node;
    pile.push({ low, high: ends[index]!, rows: best.sizes[child]!, nodes });
    low = ends[index++]!;
  }
  if (best.remainderSize) pile.push({ low, high: ends.at(-1)!, rows: best.remainderSize, nodes: part.nodes });
}

function close({ members, order }: Run, { low, high }: Part, classes: Classes): void {
  const { codes, width } = members;
  if (classes.of.length < members.count) classes.of = grown(classes.of, members.weight.length);
  for (let at = low; at < high; at++) classes.of[order.members[at]!] = classes.count;
  for (let index = 0; index < width; index++) {
    let least = codes[order.members[low]! * width + index]!;
    let most = least;
    for (let at = low + 1; at < high; at++) {
      const code = codes[order.members[at]! * width + index]!;
      if (code < least) least = code;
      if (code > most) most = code;
    }
    classes.low[index]!.push(least);
    classes.high[index]!.push(most);
  }
  classes.count++;
}

function finish(task: Task, { members }: Run, classes: Classes, labels: Recoding['labels']): Recoding {
  const low = classes.low.map((codes) => Int32Array.from(codes));
  const high = classes.high.map((codes) => Int32Array.from(codes));
  if (labels === 'node')
    for (const [index, { hierarchy }] of task.quasi.entries())
      for (let part = 0; part < classes.count; part++) {
        const node = lowestOver(hierarchy, low[index]![part]!, high[index]![part]!);
        low[index]![part] = hierarchy.first[node]!;
        high[index]![part] = hierarchy.last[node]!;
      }
  return recodingOf(task.quasi, partOfRows(members, classes.of), classes.count, low, high, labels);
}
