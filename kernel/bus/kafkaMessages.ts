import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { BusMessage, Received, Topic } from './port.ts';

/** CloudEvents attributes are headers `ce_…` on Kafka (its protocol binding, binary mode), `ce-…` elsewhere. */
const [here, onKafka] = ['ce-', 'ce_'] as const;
const renamed = (name: string, from: string, to: string) =>
  name.startsWith(from) ? to + name.slice(from.length) : name;

/** The message's own id, where no attribute carries it. */
const idHeader = 'id';

export function outgoing({ id, key, headers, value }: BusMessage): Message {
  const named = Object.entries(headers).map(([name, text]) => [renamed(name, here, onKafka), text] as const);
  const own = headers['ce-id'] === id ? [] : [[idHeader, id] as const];
  return { key, value: Buffer.from(value), headers: Object.fromEntries([...named, ...own]) };
}

/** @param message at `topic` without the prefix */
export function incoming(topic: Topic, { key, value, headers }: KafkaMessage): Received {
  const { [idHeader]: own, ...named } = texts(headers);
  const ours = Object.entries(named).map(([name, text]) => [renamed(name, onKafka, here), text] as const);
  const restored = Object.fromEntries(ours);
  const id = own ?? restored['ce-id'] ?? '';
  return { topic, id, key: key?.toString() ?? '', headers: restored, value: value ?? Buffer.alloc(0) };
}

export function texts(headers: IHeaders = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${[value].flat()[0] ?? ''}`]));
}

/** About what a message takes on the wire, bytes. */
export const sizeOf = ({ key, headers, value }: BusMessage) =>
  value.length +
  key.length +
  Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + text.length, 64);
