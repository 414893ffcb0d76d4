import type { Criteria } from '../criteria.ts';
import { type Cost, costOf, total } from './cost.ts';
import { type Ground, groupCache, marginalLoss, rollUp } from './groups.ts';
import { forDownSet, levelAt } from './lattice.ts';

const tolerance = 1e-9;

/** The best point of the lattice, and how many points were evaluated to know it. */
export interface Found {
  point: number;
  cost: Cost;
  evaluated: number;
}

/**
 * The point with the least NCP whose suppressed rows stay within the limit; of equals, the first. Exact: a point is
 * passed over only when a lower bound rules it out. The bound is the marginal loss, which needs no grouping, and what
 * suppression costs at any evaluated point above, because a row that cannot be published there cannot be below either.
 * @param mostSuppressed rows
 */
export function searchLattice(ground: Ground, criteria: Criteria, mostSuppressed: number): Found {
  const bounds = boundsOf(ground, mostSuppressed);
  const cache = groupCache(ground);
  let best: Found | undefined;
  let evaluated = 0;
  const evaluate = (point: number) => {
    const groups = rollUp(ground, cache.below(point), point);
    const cost = costOf(ground, criteria, point, groups);
    cache.hold(point, groups);
    bounds.raise(point, cost);
    evaluated++;
    const better = !best || total(cost) < total(best.cost) - tolerance;
    const first = best && total(cost) < total(best.cost) + tolerance && point < best.point;
    if (cost.suppressed <= mostSuppressed && (better || first)) best = { point, cost, evaluated };
    bounds.limit = best ? total(best.cost) + tolerance : Infinity;
  };
  evaluate(ground.lattice.points - 1); // the top publishes every row: there is always a best
  for (const point of dive(ground)) if (bounds.open(point)) evaluate(point);
  for (let low = bounds.lowest(); low >= 0; low = bounds.lowest()) evaluate(climb(ground, bounds, low));
  return { ...best!, evaluated };
}

interface Bounds {
  /** Points that cost more than this are out. */
  limit: number;
  open(point: number): boolean;
  /** Draws the conclusions from a point's cost for the points below. */
  raise(point: number, cost: Cost): void;
  /** The open point with the least bound; −1 where there is none. */
  lowest(): number;
  loss: Float64Array;
}

function boundsOf(ground: Ground, mostSuppressed: number): Bounds {
  const { points } = ground.lattice;
  const loss = Float64Array.from({ length: points }, (_, point) => marginalLoss(ground, point));
  const bound = loss.slice();
  const bounds: Bounds = {
    limit: Infinity,
    loss,
    open: (point) => bound[point]! <= bounds.limit && bound[point]! < Infinity,
    raise(point, { surePenalty, sureSuppressed }) {
      const penalty = sureSuppressed > mostSuppressed ? Infinity : surePenalty;
      forDownSet(ground.lattice, point, (below) => {
        bound[below] = Math.max(bound[below]!, loss[below]! + penalty);
      });
      bound[point] = Infinity;
    },
    lowest() {
      let lowest = -1;
      let least = Math.min(bounds.limit, Number.MAX_VALUE);
      for (let point = 0; point < points; point++) {
        if (bound[point]! > least || (lowest >= 0 && bound[point] === least)) continue;
        lowest = point;
        least = bound[point]!;
      }
      return lowest;
    },
  };
  return bounds;
}

/** A first way up: each step raises the quasi-identifier that loses least for the bits it hides. */
function* dive({ lattice, marginals, bits }: Ground): Generator<number> {
  const { heights, strides } = lattice;
  for (let point = 0; point < lattice.points - 1; ) {
    let next = -1;
    let least = Infinity;
    for (let index = 0; index < heights.length; index++) {
      const level = levelAt(lattice, point, index);
      for (let higher = level + 1; higher < heights[index]!; higher++) {
        const lost = marginals[index]![higher]! - marginals[index]![level]!;
        const hidden = bits[index]![level]! - bits[index]![higher]!;
        const rate = hidden > 0 ? lost / hidden : Infinity;
        if (next >= 0 && rate >= least) continue;
        next = point + (higher - level) * strides[index]!;
        least = rate;
      }
    }
    point = next;
    yield point;
  }
}

/** A highest open point above: what it rules out, it rules out for everything below it. */
function climb({ lattice }: Ground, bounds: Bounds, from: number): number {
  const { heights, strides } = lattice;
  for (let point = from; ; ) {
    let next = -1;
    for (let index = 0; index < heights.length; index++) {
      const above = point + strides[index]!;
      if (levelAt(lattice, point, index) + 1 === heights[index] || !bounds.open(above)) continue;
      if (next < 0 || bounds.loss[above]! < bounds.loss[next]!) next = above;
    }
    if (next < 0) return point;
    point = next;
  }
}
