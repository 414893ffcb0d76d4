import { runAlone } from '../../distributed.ts';
import { consentConfig } from './config.ts';
import { consentService } from './service.ts';

await runAlone({ name: 'consent', section: consentConfig, make: consentService });
