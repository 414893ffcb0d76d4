import { openNote } from '../kernel/merkle/note.ts';
import { bodyWith, restClient } from './client.ts';
import type { Option } from './command.ts';
import { type Action, given, post } from './researchDoors.ts';

export const recallOptions: Record<string, Option> = {
  text: { type: 'string', doc: 'attest: what was deleted, and how' },
};

interface Recall {
  release: string;
  study: string;
  deadline: string;
  recipients: { recipient: string; downloaded_at?: string; attested: boolean; overdue: boolean }[];
  replaceable: boolean;
  replacement?: string;
}

const pathOf = (release: string): string => `/research/releases/${encodeURIComponent(release)}/recall`;

export const recallActions: Record<string, Action> = {
  async recalls(client) {
    const { recalls } = bodyWith(await client.call('/research/recalls'), 'recalls');
    return { result: recalls, lines: (recalls as Recall[]).flatMap(recallLines) };
  },
  /** Told only where the platform's key signed it. */
  async recall(client, values, { server }) {
    const { note } = bodyWith(await client.call(pathOf(given(values, 'release'))), 'note');
    const { vkey } = bodyWith(await restClient(server).call('/research/key'), 'vkey');
    const text = await openNote(note, [vkey]);
    return { result: { note, vkey }, lines: [...text.trimEnd().split('\n'), `signed by ${vkey}`] };
  },
  async attest(client, values) {
    const body = { text: given(values, 'text') };
    const said = await post(client, `${pathOf(given(values, 'release'))}/attestation`, 'attestation', body);
    const told = `attested${said.late ? ', after the deadline' : ''}; on the ledger stands ${said.attestation}`;
    return { result: said, lines: [told] };
  },
};

function recallLines({ release, study, deadline, recipients, replaceable, replacement }: Recall): string[] {
  const next = replacement ? `replaced by ${replacement}` : replaceable ? 'may be replaced' : 'not to be replaced yet';
  return [
    `${release}  study ${study}, to be deleted by ${deadline}; ${next}`,
    ...recipients.map((each) => `  ${each.recipient}: ${stateOf(each)}`),
  ];
}

function stateOf({ downloaded_at: at, attested, overdue }: Recall['recipients'][number]): string {
  if (attested) return 'has attested the deletion';
  if (!at) return 'never downloaded it';
  return `downloaded it ${at}${overdue ? ', and is overdue' : ''}`;
}
