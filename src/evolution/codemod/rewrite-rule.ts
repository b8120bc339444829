/** How operations do without one deprecated member of the schema. Rules are data; whoever declares the member derives them. */
export type RewriteRule = FieldRule | InputRule;

/** `industry` is written `industryRef { key }`. */
export interface FieldRule {
  /** `Lead.industry` */
  readonly coordinate: string;
  readonly kind: 'field';
  readonly replacement: {
    /** The field of the same type to select instead: `industryRef`. */
    readonly field: string;
    /** The field of that one's type that has the value: `key`. */
    readonly selection: string;
  };
}

/** `industry: "tech"` is written `industryRef: { key: "tech" }`; null stays null. */
export interface InputRule {
  /** `CreateLeadInput.industry` */
  readonly coordinate: string;
  readonly kind: 'input';
  readonly replacement: {
    /** The member of the same input type to give instead: `industryRef`. */
    readonly field: string;
    /** The members that the value moves into, outermost first: `['key']`. */
    readonly wrap: readonly string[];
    /** Whether the innermost member takes a list: `industryRef: { key: ["tech"] }`. */
    readonly list?: boolean;
    /** The strings known to mean the same there. Any other literal is left to people. Absent: every string does. */
    readonly literals?: readonly string[];
    /** What it does that the deprecated member does not, for people: `also finds …`. Absent: it means the same. */
    readonly note?: string;
    /** The same where the value is only known when the program runs: `refuses a value that …`. Absent: `note`. */
    readonly variableNote?: string;
  };
}
