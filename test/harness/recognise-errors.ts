import { types } from 'node:util';

/**
 * Jest gives each test file a global object of its own, but Node's modules throw the process's errors, which are not
 * `instanceof` the file's Error (jestjs/jest#2549). Outside of jest they are: here too, from now on.
 */
const isInstance = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    // What most often comes by is a string of an answer.
    return typeof value === 'object' && (isInstance.call(this as () => void, value) || (this === Error && types.isNativeError(value)));
  },
});
