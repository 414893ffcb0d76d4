import { actingClient, actingOption, bodyWith } from '../client.ts';
import type { Command } from '../command.ts';

const command: Command = {
  name: 'notifications',
  summary: 'What a patient, or the privacy officers of an organisation, were told.',
  usage: 'notifications --as <user> [--unread] [--read <id>]',
  options: {
    ...actingOption,
    patient: { type: 'string', doc: 'whose, where you act by a mandate (default: yours)' },
    unread: { type: 'boolean', doc: 'only those that nobody marked as read' },
    read: { type: 'string', doc: 'mark the one with this id as read' },
  },
  async run({ values, json, out, ...invocation }) {
    const client = await actingClient({ values, ...invocation });
    const found: Told[] = values.read
      ? [
          bodyWith(
            await client.call(`/consent/notifications/${encodeURIComponent(String(values.read))}/read`, post),
            'id',
          ),
        ]
      : bodyWith(await client.call(`/consent/notifications?${queryOf(values)}`), 'notifications').notifications;
    if (json) out(JSON.stringify(found));
    else for (const { id, at, text, read_at } of found) out(`${at}  ${text}${read_at ? '  (read)' : ''}  [${id}]`);
    return 0;
  },
};
export default command;

interface Told {
  id: string;
  at: string;
  text: string;
  read_at?: string;
}

const post = { method: 'POST' };

function queryOf({ patient, unread }: Record<string, unknown>): URLSearchParams {
  return new URLSearchParams({
    ...(patient ? { patient: String(patient) } : {}),
    ...(unread ? { unread: 'true' } : {}),
  });
}
