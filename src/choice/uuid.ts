const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a client's id can be a record's or a choice's id at all. What cannot is nobody's. */
export function isUuid(id: string): boolean {
  return UUID.test(id);
}
