export async function prepareDemo(..._: unknown[]): Promise<string[]> { return []; }
