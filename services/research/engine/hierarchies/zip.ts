import { Failure } from '../../../../kernel/errors.ts';
import { type Hierarchy, hierarchyOf } from '../hierarchy.ts';

/**
 * Prefixes of ZIP codes with 20,000 people or fewer by the census of 2000, as the guidance of the US Department of
 * Health and Human Services on de-identification (26 November 2012) lists them.
 */
const restricted = new Set('036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893'.split(' '));

/** First prefix of each run of prefixes in one state or territory (US Postal Service, L002); a run ends before the next. */
const runs = `005 NY 006 PR 008 VI 009 PR 010 MA 028 RI 030 NH 039 ME 050 VT 055 MA 056 VT 060 CT 070 NJ 090 AE 100 NY
  150 PA 197 DE 200 DC 201 VA 202 DC 206 MD 220 VA 247 WV 270 NC 290 SC 300 GA 320 FL 340 AA 341 FL 350 AL 370 TN 386 MS
  398 GA 400 KY 430 OH 460 IN 480 MI 500 IA 530 WI 550 MN 569 DC 570 SD 580 ND 590 MT 600 IL 630 MO 660 KS 680 NE 700 LA
  716 AR 730 OK 733 TX 734 OK 750 TX 800 CO 820 WY 832 ID 840 UT 850 AZ 870 NM 885 TX 889 NV 900 CA 962 AP 967 HI 969 GU
  970 OR 980 WA 995 AK`
  .split(/\s+(?=\d)/)
  .map((run) => run.split(' ') as [prefix: string, state: string]);

/**
 * ZIP codes of five digits → three → state → `*`, over the codes given. Restricted prefixes are one group by state.
 * @throws Failure `value` where a code is no ZIP code
 */
export function zipHierarchy(codes: Iterable<string>, name = 'postcode'): Hierarchy {
  const lines = Array.from(new Set(codes))
    .sort()
    .map((code) => {
      const state = /^\d{5}$/.test(code) && stateOf(code.slice(0, 3));
      if (!state) throw new Failure('value', `${name} must hold ZIP codes of five digits.`, { expression: [name] });
      const prefix = code.slice(0, 3);
      return [code, restricted.has(prefix) ? `${state} 000` : prefix, state, '*'];
    });
  return hierarchyOf(name, lines);
}

const stateOf = (prefix: string) => runs.findLast(([first]) => first <= prefix)?.[1];
