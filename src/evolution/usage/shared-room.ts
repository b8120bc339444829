/** Room that tenants share. */
export interface SharedRoom {
  has(tenantId: string | null, amount: number): boolean;
  /** Answers whether there was room; where there was none, nothing is taken. */
  take(tenantId: string | null, amount: number): boolean;
}

/** Room for `most`, of which one tenant gets at most a share, 0 to 1: whatever it invents, the others find some. */
export function createSharedRoom(most: number, share: number): SharedRoom {
  const mostOfTenant = Math.max(1, Math.floor(most * share));
  const taken = new Map<string | null, number>();
  let total = 0;
  const has = (tenantId: string | null, amount: number) => total + amount <= most && (taken.get(tenantId) ?? 0) + amount <= mostOfTenant;
  return {
    has,
    take(tenantId, amount) {
      if (!has(tenantId, amount)) return false;
      total += amount;
      taken.set(tenantId, (taken.get(tenantId) ?? 0) + amount);
      return true;
    },
  };
}
