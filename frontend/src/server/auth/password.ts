/** Rules of a password, for the server and for the form. NIST SP 800-63B: length counts, kinds of characters don't. */
export const PASSWORD = { min: 8, max: 128 } as const;
