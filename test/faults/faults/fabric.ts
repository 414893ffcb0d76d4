import { leadingOrderer, ordererNames } from '../../../deploy/native/fabric/leader.ts';
import { type Fault, meanwhile, type Stage, startAgain } from './fault.ts';

/** Processes of the network are killed at once, and stay away for a while. */
const killed = (name: string, victims: (stage: Stage) => Promise<string[]> | string[]): Fault => ({
  name: `kill -9 ${name}`,
  async inject(stage) {
    const { engines } = stage.platform;
    const chosen = await victims(stage);
    await Promise.all(chosen.map((victim) => engines.kill('fabric', victim)));
    await meanwhile(stage, 40);
    await startAgain(stage, 'fabric');
    return chosen.join(', ');
  },
});

const organizations = ['west', 'east'];

export const fabricFaults: Fault[] = [
  killed('the leading orderer', async ({ platform }) => [await leadingOrderer(platform.engines)]),
  killed('all orderers', ({ platform }) => ordererNames(platform.engines)),
  killed('an endorsing peer', ({ random }) => [`peer-${random.pick(organizations)}`]),
  killed('the chaincode', ({ random }) => [`chaincode-${random.pick(organizations)}`]),
  {
    name: 'stop and start of the whole ledger',
    async inject(stage) {
      await stage.platform.engines.down('fabric');
      await meanwhile(stage, 40);
      await startAgain(stage, 'fabric');
      return '';
    },
  },
];
