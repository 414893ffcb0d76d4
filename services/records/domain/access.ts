import type { Agent } from './agent.ts';

/** A resource that was answered, or asked for in vain. */
export interface Entity {
  type: string;
  id: string;
  /** Absent where no version was answered. */
  version?: number;
}

/** The consent decision an access rests on. */
export interface DecisionBasis {
  id: string;
  permit: boolean;
  basis: string[];
  breakGlass?: string;
}

/** Data was answered, or refused. Stream `access/<uuid>`, with others of the same moment; durable before the answer leaves. */
export interface AccessRecorded {
  type: 'AccessRecorded';
  by: Agent;
  patients: string[];
  entities: Entity[];
  /** The search as it was asked. */
  query?: string;
  outcome: 'answered' | 'refused';
  decision?: DecisionBasis;
  /** Organisation that authored everything that was answered, where it is one. */
  custodian?: string;
  request: string;
}
