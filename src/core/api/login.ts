/** `GET /api/login`: how one can log in here, and who one is. */
export interface LoginOffer {
  /** With a name and a password. */
  readonly password: boolean;
  /** By a provider: `GET /api/login/oidc`. */
  readonly oidc: boolean;
  /** With a token, in a header of each request. */
  readonly token: boolean;
  readonly person?: PersonView;
}

/** `POST /api/login`. */
export interface LoginAnswer {
  readonly person: PersonView;
}

export interface PersonView {
  readonly name: string;
  readonly scopes: readonly string[];
}
