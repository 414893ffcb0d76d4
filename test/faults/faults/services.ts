import { type Program, programNames } from '../../../deploy/native/services.ts';
import { type Fault, supervised } from './fault.ts';

/** A service, or the key service, is killed; its supervisor starts it again. */
const killed = (name: Program): Fault => ({
  name: `kill -9 ${name}`,
  async inject({ platform }) {
    await platform.services.kill(name);
    await supervised(platform);
    return '';
  },
});

export const serviceFaults = programNames.map(killed);
