/*
 * The names of candidates and jobs in the most recent events, for people who may see names. Prefixes of words are
 * searched as ranges: LIKE is not leakproof, so under row-level security it uses no index.
 */
export const RECORDS = /* sql */ `
create table records (
  agency_id uuid not null,
  kind text not null,
  value text collate "C" not null,
  label text not null,
  word1 text collate "C",
  word2 text collate "C",
  word3 text collate "C",
  word4 text collate "C",
  word5 text collate "C",
  seen_at timestamptz not null default now(),
  primary key (agency_id, kind, value)
) with (fillfactor = 90);
create index records_word1 on records (agency_id, word1) where word1 is not null;
create index records_word2 on records (agency_id, word2) where word2 is not null;
create index records_word3 on records (agency_id, word3) where word3 is not null;
create index records_word4 on records (agency_id, word4) where word4 is not null;
create index records_word5 on records (agency_id, word5) where word5 is not null;
-- Names in a message to a tool that the event does not contain. Kept as they were sent, because records change.
create table message_names (
  delivery_id uuid primary key,
  agency_id uuid not null,
  names json not null
);
create index records_age on records using brin (seen_at);
`;
