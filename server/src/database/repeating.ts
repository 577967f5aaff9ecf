/** Retries `work` after a deadlock or serialization failure. It must have no effects outside the database. */
export async function repeating<T>(work: () => Promise<T>, times = 5): Promise<T> {
  for (let left = times; ; left--) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (left <= 1 || (code !== '40P01' && code !== '40001')) throw error;
    }
  }
}
