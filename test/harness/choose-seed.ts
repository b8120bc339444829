import fc from 'fast-check';

/** Property tests try the same examples in every run, so that a change is what makes one fail. FC_SEED=N tries others. */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_122) });
