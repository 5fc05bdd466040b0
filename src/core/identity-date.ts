/**
 * Seconds since 1970 in `… <email> seconds zone`, the end of an author, committer or tagger line, or null. The one
 * who made the object chose them. gitformat-commit; date.c, match_object_header_date.
 */
export function identityDate(line: string): number | null {
  const [, seconds] = /> ([0-9]{1,15}) [+-][0-9]{4}$/.exec(line) ?? []
  return seconds === undefined ? null : Number(seconds)
}
