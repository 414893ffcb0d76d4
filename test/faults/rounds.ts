import type { Logger } from 'pino';
import { type Random, seededRandom } from '../../demo/random.ts';
import { eventually } from '../../deploy/native/waiting.ts';
import { audit, type Findings, type Memory, newMemory } from './audit/audit.ts';
import { type Fault, type Stage, supervised } from './faults/fault.ts';
import { type Feed, feedOf } from './feed.ts';
import { type Gap, type Journal, journal, kinds } from './load/journal.ts';
import { underLoad } from './load/load.ts';
import { planOf, type Step } from './plan.ts';
import { type FaultyPlatform, faultyPlatform } from './platform.ts';
import { peopled, type World } from './world.ts';

/** One fault, and what it did to those who worked. */
export interface Injected {
  seed: number;
  fault: string;
  victim: string;
  gap: Gap;
  /** From the fault until everything went on, milliseconds. */
  recovered: number;
}

export interface Round {
  seed: number;
  injected: Injected[];
  acknowledged: number;
  /** Answers that said to come again, and what was not answered, by status. */
  failures: Record<string, number>;
  findings: Findings;
  seconds: number;
}

/** How long everything may take to go on after a fault, milliseconds. */
const patience = 180_000;
/** So many acknowledged operations of each kind show that it goes on. */
const enough = 2;

/** A platform, its people, and what audits remember of it, for any number of seeds. */
export interface Rounds {
  run(seed: number, report: (injected: Injected) => void): Promise<Round>;
  /** Resolves to the folder of the services' logs where they are kept. */
  stop(keepLogs: boolean): Promise<string | undefined>;
}

export async function rounds(faults: readonly Fault[], log: Logger, say: (line: string) => void): Promise<Rounds> {
  const platform = await faultyPlatform(log, say);
  try {
    const world = await peopled(platform);
    const feed = await feedOf(platform.variables, log);
    const usable = faults.filter(({ needs }) => needs !== 'disks' || platform.disks);
    for (const { name } of faults.filter((each) => !usable.includes(each)))
      say(`NOT RUN: ${name} (no disk can be mounted by this user)`);
    const common = { platform, world, feed, memory: newMemory(), log };
    return {
      run: (seed, report) => round({ ...common, faults: usable, seed }, report),
      async stop(keepLogs) {
        await feed.close().catch((error) => log.warn({ err: error }, 'the feed is not closed'));
        return platform.stop(keepLogs);
      },
    };
  } catch (error) {
    await platform.stop(false);
    throw error;
  }
}

interface Parts {
  platform: FaultyPlatform;
  world: World;
  feed: Feed;
  memory: Memory;
  faults: readonly Fault[];
  seed: number;
  log: Logger;
}

async function round(parts: Parts, report: (injected: Injected) => void): Promise<Round> {
  const { platform, world, feed, memory, faults, seed, log } = parts;
  const started = performance.now();
  const kept = journal(() => performance.now());
  const random: Random = seededRandom(seed);
  const load = underLoad({ url: platform.url, world, journal: kept, random: seededRandom(seed + 1) });
  const stage = { platform, feed, journal: kept, random };
  const injected: Injected[] = [];
  const stuck = await follow(planOf(seed, faults), stage, (each) => {
    injected.push({ seed, ...each });
    report(injected.at(-1)!);
  });
  await load.stop();
  const acknowledged = kept.count();
  const findings = await audit(platform, { world, journal: kept, feed, memory, log });
  const seconds = (performance.now() - started) / 1000;
  return {
    ...{ seed, injected, acknowledged, failures: Object.fromEntries(kept.failures), seconds },
    findings: { 'everything goes on after each fault': stuck, ...findings },
  };
}

/** @returns after which fault what did not go on: then no other follows */
async function follow(
  steps: readonly Step<Fault>[],
  stage: Stage,
  done: (injected: Omit<Injected, 'seed'>) => void,
): Promise<string[]> {
  const started = performance.now();
  for (const { fault, after } of steps) {
    try {
      await goesOn(stage, started, after);
      done(await inject(fault, stage));
    } catch (error) {
      return [`${fault.name}: ${(error as Error).message}`];
    }
  }
  return [];
}

async function inject(fault: Fault, stage: Stage): Promise<Omit<Injected, 'seed'>> {
  const from = performance.now();
  const victim = await fault.inject(stage);
  await goesOn(stage, performance.now(), 0);
  const gap = stage.journal.longestGap(from);
  return { fault: fault.name, victim, gap, recovered: performance.now() - from };
}

/** Resolves when every kind of operation has been acknowledged since, and `more` of them. What ended is started again. */
async function goesOn({ platform, journal: kept }: Stage, since: number, more: number): Promise<void> {
  const wanted = kept.count() + more;
  await eventually('the load', patience, async () => {
    await supervised(platform);
    const missing = missingSince(kept, since);
    if (missing.length > 0) throw new Error(`nobody can do this: ${missing.join(', ')}`);
    if (kept.count() < wanted) throw new Error('too little is acknowledged');
  });
}

function missingSince(kept: Journal, from: number): string[] {
  const since = kept.since(from);
  return kinds.filter((kind) => since[kind] < enough);
}
