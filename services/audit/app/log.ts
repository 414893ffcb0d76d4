import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import { type NoteSigner, nameOf } from '../../../kernel/merkle/note.ts';
import type { Engines } from '../../../kernel/service.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { AuditConfig } from '../config.ts';
import type { LogEvent } from '../domain/event.ts';
import { type Anchoring, anchoring } from './anchoring.ts';
import { type Publisher, publisher } from './publisher.ts';
import { type Sequencer, sequencer } from './sequencer.ts';

/** How many entries have come how far. */
export interface LogSizes {
  /** Have a place, durably. */
  sequenced: number;
  /** Are in the tiles. */
  integrated: number;
  /** Are under a signed checkpoint. */
  published: number;
  /** Are on the ledger. */
  anchored: number;
}

/** The work on the Merkle log: sequenced → integrated → published → anchored. */
export interface AuditLog extends Pick<Sequencer, 'add' | 'hurry'> {
  /** Takes up the work where it was left. */
  start(): Promise<void>;
  sizes(): LogSizes;
  /** Why entries get no further now; undefined while they do. */
  stalled(): string | undefined;
  stop(): Promise<void>;
}

interface Parts {
  engines: Engines;
  config: AuditConfig;
  log: SealedStore<LogEvent>;
  projector: Projector<LogEvent>;
  keyring: Keyring;
  signer: NoteSigner;
  /** The log has come to harm. */
  onProblem(problem: string): void;
}

export function auditLog({ engines, config, log, projector, keyring, signer, onProblem }: Parts): AuditLog {
  const { views, ledger, ids, clock, metrics, log: logger } = engines;
  const origin = nameOf(signer.vkey);
  let stalled: string | undefined;

  const checkpoints: Publisher = publisher({ log, projector, views, signer, origin, onProblem });
  const anchors: Anchoring = anchoring({
    ...{ log, projector, views, ledger, clock, logger },
    registration: { origin, vkey: signer.vkey },
    retryMs: 100,
    observe: (seconds) => metrics.observe('healthchain_anchor_seconds', seconds),
    onProblem,
  });

  async function onGrowth(newest?: { batch: number; occurred: number[] }): Promise<void> {
    await checkpoints.publish();
    anchors.published(checkpoints.newest()!.batch, newest);
  }

  function onStall(error: unknown): void {
    stalled = error === undefined ? undefined : 'the audit log gets no further; it tries again';
    if (stalled) logger.error({ err: error }, stalled);
  }

  const entries = sequencer({
    log,
    projector,
    views,
    keyring,
    ids,
    interval: config.ANCHOR_INTERVAL_MS,
    onGrowth,
    onStall,
  });
  return {
    add: entries.add,
    hurry: entries.hurry,
    async start() {
      await entries.open();
      await checkpoints.open();
      await anchors.start();
      await onGrowth();
    },
    sizes: () => ({
      ...entries.sizes(),
      published: checkpoints.newest()?.size ?? 0,
      anchored: anchors.size(),
    }),
    stalled: () => stalled,
    async stop() {
      await entries.stop();
      await anchors.stop();
    },
  };
}
