import { runAlone } from '../../distributed.ts';
import { researchService } from './service.ts';

await runAlone({ name: 'research', section: {}, make: researchService });
