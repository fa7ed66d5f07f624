/*
 * What a zone's short name means in a written time: a fixed offset, whatever the season (`EST` in July is still five
 * hours behind). The names are those that Java prints and reads. Where several zones share one, the first of these counts:
 *
 *   CST CDT  North America, not China or Cuba           IST  India, not Ireland or Israel
 *   EST EDT  North America; Australia's are AEST, AEDT   BST  Britain's summer, not Bangladesh or Bougainville
 *   AST ADT  the Atlantic coast, not Arabia             GST  the Gulf (Dubai), not South Georgia
 *   AMT      the Amazon, not Armenia                    SST  Samoa, not Singapore
 *   MST      the Rocky Mountains, not Malaysia          ECT  Ecuador, not Europe
 *   PST      the Pacific coast, not the Philippines     WST, ACT: read by nobody alike, so not read
 */
const BY_OFFSET: Readonly<Record<string, string>> = {
  '-11:00': 'SST NUT',
  '-10:00': 'HST HAST CKT TAHT',
  '-09:30': 'MART',
  '-09:00': 'AKST HADT HDT GAMT',
  '-08:00': 'PST AKDT',
  '-07:00': 'MST PDT',
  '-06:00': 'CST MDT EAST GALT',
  '-05:00': 'EST CDT EASST COT PET ECT',
  '-04:00': 'AST EDT AMT BOT CLT VET GYT',
  '-03:30': 'NST',
  '-03:00': 'ADT ART BRT AMST CLST UYT PYT GFT SRT FKT FKST PMST ROTT',
  '-02:30': 'NDT',
  '-02:00': 'BRST UYST FNT PMDT WGT EGT',
  '-01:00': 'AZOT CVT WGST EGST',
  '+00:00': 'Z UTC GMT UT UCT WET AZOST ZULU',
  '+01:00': 'CET MET MEZ BST WEST WAT',
  '+02:00': 'CEST MEST MESZ EET CAT SAST WAST',
  '+03:00': 'EEST MSK EAT TRT IDT SYOT',
  '+03:30': 'IRST',
  '+04:00': 'MSD GST SAMT GET AZT MUT RET SCT',
  '+04:30': 'AFT IRDT',
  '+05:00': 'PKT UZT TMT TJT YEKT MVT ALMT AQTT QYZT ORAT MAWT TFT',
  '+05:30': 'IST',
  '+05:45': 'NPT',
  '+06:00': 'BDT BTT KGT OMST IOT XJT YEKST',
  '+06:30': 'MMT CCT',
  '+07:00': 'ICT WIB NOVT KRAT HOVT CXT DAVT',
  '+08:00': 'HKT SGT PHT PHST MYT AWST WITA IRKT ULAT CHOT BNT KRAST',
  '+08:45': 'ACWST',
  '+09:00': 'JST KST WIT YAKT PWT TLT HKST AWDT IRKST',
  '+09:30': 'ACST',
  '+10:00': 'AEST JDT KDT VLAT CHST CHUT PGT DDUT YAKST',
  '+10:30': 'ACDT LHST',
  '+11:00': 'AEDT LHDT SBT NCT VUT PONT KOST MAGT SAKT SRET NFT VLAST',
  '+12:00': 'NZST FJT PETT ANAT TVT WFT MHT GILT NRT WAKT NFDT',
  '+12:45': 'CHAST',
  '+13:00': 'NZDT FJST TOT TKT PHOT WSST',
  '+13:45': 'CHADT',
  '+14:00': 'LINT WSDT',
};

const OFFSETS = new Map<string, number>();
for (const [offset, names] of Object.entries(BY_OFFSET)) {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4));
  for (const name of names.split(' ')) OFFSETS.set(name, (offset.startsWith('-') ? -minutes : minutes) * 60_000);
}

/** Milliseconds that a zone's short name (`CEST`, in any case) is ahead of UTC; undefined for a word that names no zone. */
export function abbreviationOffset(name: string): number | undefined {
  return OFFSETS.get(name) ?? OFFSETS.get(name.toUpperCase());
}
