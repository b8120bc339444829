/** With which SQLSTATE a write is refused (PostgreSQL manual, appendix A). */
export const NOT_NULL = '23502';
export const FOREIGN_KEY = '23503';
export const CHECK = '23514';
