import { runAlone } from '../../distributed.ts';
import { researchConfig } from './config.ts';
import { researchService } from './service.ts';

await runAlone({ name: 'research', section: researchConfig, make: researchService });
