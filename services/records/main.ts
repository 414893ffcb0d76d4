import { runAlone } from '../../distributed.ts';
import { recordsConfig } from './config.ts';
import { recordsService } from './service.ts';

await runAlone({ name: 'records', section: recordsConfig, make: recordsService });
