/** How a component is found or installed. */
export interface How {
  /** Told what is done meanwhile, in sentences for people. */
  readonly say?: (line: string) => void;
  /** `process.env` when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

interface Where extends Pick<How, 'env'> {
  readonly platform?: string;
  readonly uid?: number;
}

export function chooseInstaller(where?: Where): {
  readonly kind?: 'apt' | 'brew';
  readonly file?: string;
  readonly reason?: string;
};

/** Resolves to undefined when the packages are installed, else to why they are not. */
export function installPackages(
  packages: { readonly apt: readonly string[]; readonly brew: readonly string[]; readonly service?: string },
  how: Where & { readonly say: (line: string) => void },
): Promise<string | undefined>;
