import { digest } from '../../../contracts/opened.ts';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { NoteSigner } from '../../../kernel/merkle/note.ts';
import { mayBeReplaced, overdue, recall, requireReplaceable } from '../registry/recall.ts';
import { researcherOf, seesRelease, seesWork } from './caller.ts';
import type { ResearchLog } from './log.ts';
import { noticeOf, statementOf } from './notice.ts';
import { type ChangeRelease, type KnownRelease, readRelease } from './releaseLog.ts';

/** A recalled release, as far as the caller may know. How many withdrew nobody is told, and who even less. */
export interface ListedRecall {
  release: string;
  study: string;
  recalledAt: number;
  deadline: number;
  /** To a recipient, they alone; to those who work on the study and data stewards, all. */
  recipients: RecalledRecipient[];
  /** Whether a replacement may be made now. */
  replaceable: boolean;
  /** The release in its place. */
  replacement?: string;
}
export interface RecalledRecipient {
  recipient: string;
  downloadedAt?: number;
  attested: boolean;
  /** The deadline is over, they have it and have not attested. */
  overdue: boolean;
}

export interface Attested {
  release: string;
  /** SHA-256 of the statement, as on the ledger; hex. */
  attestation: string;
  /** The statement, signed by the service: the recipient's receipt. */
  note: string;
  late: boolean;
}

/** What recipients are told after a withdrawal, and what they say. */
export interface Recalls {
  /** The newest first. */
  list(actor: Actor): Promise<ListedRecall[]>;
  /** A signed note: what to do, by when. Throws Failure `not-found` where the release is not recalled, or not the caller's. */
  notice(actor: Actor, release: string): Promise<string>;
  /** A recipient's word that nothing of it is left with them; the same words again are the same attestation. */
  attest(actor: Actor, release: string, words: string): Promise<Attested>;
  /**
   * Before a replacement is asked for.
   * @throws Failure `business-rule` where it would show who withdrew; `not-found` for a release of another study
   */
  requireReplaceable(study: string, release: string): Promise<void>;
}

interface Parts {
  log: ResearchLog;
  change: ChangeRelease;
  releases(): Promise<KnownRelease[]>;
  signer: NoteSigner;
  clock: Clock;
  /** Milliseconds after which a recalled release may be replaced whoever withdrew. */
  epoch: number;
}

export function recalls({ log, change, releases, signer, clock, epoch }: Parts): Recalls {
  async function recalled(actor: Actor, id: string): Promise<RecalledRelease> {
    const known = await readRelease(log, id);
    if (isRecalled(known) && seesRelease(actor, known)) return known;
    throw new Failure('not-found', 'There is no such recall.');
  }

  return {
    async list(actor) {
      const now = clock.now();
      const visible = (await releases()).filter(isRecalled).filter((each) => seesRelease(actor, each));
      return visible.map((each) => ({
        ...listed(each, seesWork(actor, each) ? each.recipients : [actor.subject], now),
        replaceable: mayBeReplaced(each, epoch, now),
      }));
    },
    notice: async (actor, id) => signer.sign(noticeOf(id, timesOf(await recalled(actor, id)))),
    async attest(actor, id, words) {
      const { subject: recipient, organization } = researcherOf(actor);
      const statement = statementOf(id, recipient, organization, wordsOf(words));
      const attestation = digest(statement);
      const said = { recipient, organization, attestation, statement };
      const after = await change(id, (state) => ({
        events: recall.decide({ type: 'attest', ...said, at: clock.now() }, state),
      }));
      const late = isRecalled(after) && after.late.includes(recipient);
      return { release: id, attestation, note: await signer.sign(statement), late };
    },
    async requireReplaceable(study, id) {
      const known = await readRelease(log, id);
      if (known.study !== study) throw new Failure('not-found', 'The study has no such release.');
      requireReplaceable(known, epoch, clock.now());
    },
  };
}

type RecalledRelease = Extract<KnownRelease, { deadline: number }>;

const isRecalled = (release: KnownRelease): release is RecalledRelease => release.status !== 'open';

const timesOf = ({ recalledAt: at, deadline }: RecalledRelease) => ({ at, deadline });

function listed(release: RecalledRelease, recipients: readonly string[], now: number) {
  const { id, study, recalledAt, deadline, downloads, attestations, replacement } = release;
  const late = overdue(release, now);
  return {
    ...{ release: id, study, recalledAt, deadline, ...(replacement && { replacement }) },
    recipients: recipients.map((recipient) => ({
      recipient,
      ...(Object.hasOwn(downloads, recipient) && { downloadedAt: downloads[recipient]! }),
      attested: Object.hasOwn(attestations, recipient),
      overdue: late.includes(recipient),
    })),
  };
}

const printable = /^[^\p{Cc}]*$/u;

/** Throws Failure `required` or `value`. */
function wordsOf(said: string): string {
  const words = said.trim();
  const expression = ['text'];
  if (!words) throw new Failure('required', 'Say what was deleted, and how.', { expression });
  if (words.length > 2000 || !words.split('\n').every((line) => printable.test(line)))
    throw new Failure('value', 'The text has at most 2000 printable characters.', { expression });
  return words;
}
