// Written by `npm run types` from the API's OpenAPI file. Do not edit.

export interface paths {
    "/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in here, and what a page needs before anybody is. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
            };
        };
        put?: never;
        /** Signs in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SignIn"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                /** @description `wrong-credentials`, `totp-required` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `wrong-side` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `too-many-attempts`, with `Retry-After` */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        /** Signs out: the session ends. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes the first account, an administrator, and signs it in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FirstAccount"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                /** @description `wrong-code`, `wrong-side` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `set-up-already` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `too-many-attempts` */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The own account. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountView"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes the own account. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OwnChange"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountView"];
                    };
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        trace?: never;
    };
    "/account/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes the own password; all other sessions end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PasswordChange"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountView"];
                    };
                };
                /** @description `wrong-credentials`: the old password is wrong */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Offers a secret for one-time codes. Nothing changes before it is confirmed. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TotpOffer"];
                    };
                };
                /** @description `clock-unknown` */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        /** Asks for one-time codes no longer. Where they are required they have to be set up again. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OwnPassword"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `wrong-credentials` */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirms that a phone has the secret; from now on the account asks for its codes. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TotpConfirmation"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountView"];
                    };
                };
                /** @description `not-found`: nothing was offered, or the box was started anew */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All accounts. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountList"];
                    };
                };
            };
        };
        put?: never;
        /** Makes an account with a one-time password. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AccountWish"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewPassword"];
                    };
                };
                /** @description `name-taken`, `too-many` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes an account; its sessions end. */
        delete: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `not-found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `last-admin` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `changed-meanwhile`, with `current` */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `if-match-required` */
                428: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes an account. */
        patch: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AccountEdit"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountView"];
                    };
                };
                /** @description `not-found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `last-admin` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `changed-meanwhile`, with `current` */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `if-match-required` */
                428: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        trace?: never;
    };
    "/accounts/{id}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives an account a one-time password; its sessions end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewPassword"];
                    };
                };
                /** @description `not-found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many rows, up to 200. */
                    limit?: number;
                    /** @description Only older than this one: `next` of the page before. */
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditList"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Overview"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    group?: number;
                    category?: string;
                    channel?: string;
                    from?: number;
                    to?: number;
                    lesson?: "current";
                    limit?: number;
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BlockPage"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/blocks/names/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NameDetail"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/passes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PassPage"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PassForm"];
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Pass"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/passes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    state?: "open" | "answered";
                    limit?: number;
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RequestPage"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/requests/{id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AnswerForm"];
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Request"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CodePage"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: int64 */
                        group: number;
                    };
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Code"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GroupPage"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GroupForm"];
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Group"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/groups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GroupForm"];
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Group"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/groups/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GroupForm"];
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GroupCheck"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TierPage"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/categories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CategoryPage"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ServicePage"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/services/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        state: "default" | "open" | "closed";
                    };
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Service"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exceptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExceptionPage"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ExceptionForm"];
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Exception"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exceptions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/lists": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Lists"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WhyForm"];
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Why"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/system/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Status"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/system/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Doctor"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/system/notice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Notice"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            type: string;
            title: string;
            /** Format: int64 */
            status: number;
            code: string;
            detail?: string;
            fields?: {
                field: string;
                code: string;
                message: string;
            }[];
            lock?: components["schemas"]["Lock"];
        };
        /** @enum {string} */
        Lock: "department" | "school" | "teacher";
        /** @enum {string} */
        Role: "admin" | "teacher" | "counsellor" | "principal" | "inspector";
        /** @enum {string} */
        TierId: "mam-non" | "tieu-hoc" | "thcs" | "thpt" | "staff";
        /** @enum {string} */
        Action: "allow" | "restrict" | "block";
        /** @enum {string} */
        Language: "vi" | "en";
        /** @enum {string} */
        Mode: "normal" | "allowlist-only" | "exam" | "online-class";
        Session: {
            /** @enum {string} */
            state: "setup" | "signed-out" | "signed-in";
            /** @enum {string} */
            side: "management" | "staff" | "pupils";
            school: string | null;
            language: components["schemas"]["Language"];
            account?: components["schemas"]["Account"];
            totp_required: boolean;
        };
        Account: {
            /** Format: int64 */
            id: number;
            name: string;
            display_name: string;
            role: components["schemas"]["Role"];
            groups: number[];
            /** Format: int64 */
            until?: number;
            totp: boolean;
            must_change_password: boolean;
            /** Format: int64 */
            last_seen?: number;
            language?: components["schemas"]["Language"];
            /** Format: int64 */
            version: number;
        };
        AccountForm: {
            name: string;
            display_name: string;
            role: components["schemas"]["Role"];
            groups: number[];
            /** Format: int64 */
            until?: number;
        };
        Totp: {
            secret: string;
            uri: string;
            qr_svg: string;
        };
        Secret: {
            password: string;
        };
        NewAccount: {
            account: components["schemas"]["Account"];
            password: string;
        };
        /** @description One entry. */
        AuditItem: {
            /** @description What was done: `add-group`, `set-password`, … */
            act: string;
            /**
             * Format: int64
             * @description Unix seconds; `null` when the box did not know the time.
             */
            at?: number | null;
            author: string;
            /** @description What it was before and after. */
            detail?: unknown;
            /** Format: int64 */
            id: number;
            /** @description In whose authority: `teacher`, `school` or `department`. */
            role: string;
            /** @description To what: a group's or account's name, an exception's number. */
            subject: string;
        };
        Finding: {
            code: string;
            /** @enum {string} */
            severity: "info" | "warning" | "error";
            title: string;
            remedy?: string;
        };
        DayCount: {
            day: string;
            /** Format: int64 */
            blocked: number;
            /** Format: int64 */
            allowed: number;
        };
        HourCount: {
            /** Format: int64 */
            hour: number;
            /** Format: int64 */
            blocked: number;
            /** Format: int64 */
            allowed: number;
        };
        CategoryCount: {
            category: string;
            name: string;
            /** Format: int64 */
            blocked: number;
            /** Format: int64 */
            week: number;
        };
        TierCount: {
            tier: components["schemas"]["TierId"];
            name: string;
            /** Format: int64 */
            blocked: number;
            /** Format: int64 */
            week: number;
        };
        KindCount: {
            kind: string;
            name: string;
            /** Format: int64 */
            count: number;
        };
        Overview: {
            protection: {
                /** @enum {string} */
                state: "protected" | "attention" | "unprotected";
                findings: components["schemas"]["Finding"][];
            };
            today: {
                /** Format: int64 */
                queries: number;
                /** Format: int64 */
                blocked: number;
                /** Format: int64 */
                devices_seen?: number;
            };
            week: components["schemas"]["DayCount"][];
            hours: components["schemas"]["HourCount"][];
            categories: components["schemas"]["CategoryCount"][];
            tiers: components["schemas"]["TierCount"][];
            bypasses: {
                today: components["schemas"]["KindCount"][];
                week: components["schemas"]["KindCount"][];
            };
            changes: components["schemas"]["AuditItem"][];
            open: {
                /** Format: int64 */
                requests: number;
                /** Format: int64 */
                reports?: number;
            };
        };
        Block: {
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            minute?: number;
            /** Format: int64 */
            group: number;
            group_name: string;
            tier: components["schemas"]["TierId"];
            category?: string;
            channel: string;
            name?: string;
            /** Format: int64 */
            count: number;
        };
        NameDetail: {
            name: string;
            decisions: {
                tier: components["schemas"]["TierId"];
                tier_name: string;
                action: components["schemas"]["Action"];
                category?: string;
                category_name?: string;
                list?: string;
                rule: string;
                lock?: components["schemas"]["Lock"];
                reason: string;
            }[];
            lists: {
                id: string;
                category: string;
                name: string;
            }[];
            count: {
                /** Format: int64 */
                today: number;
                /** Format: int64 */
                week: number;
            };
            can: {
                open_for_lesson: number[];
                ask_admin: boolean;
            };
            locked_reason?: string;
        };
        Target: {
            name?: string;
            category?: string;
            service?: string;
        };
        Pass: {
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            group: number;
            group_name: string;
            target: components["schemas"]["Target"];
            author: string;
            reason: string;
            /** Format: int64 */
            made_at: number;
            /** Format: int64 */
            until: number;
            /** @enum {string} */
            ends: "bell" | "time";
        };
        Until: "bell" | {
            /** Format: int64 */
            minutes: number;
        };
        PassForm: {
            /** Format: int64 */
            group: number;
            target: components["schemas"]["Target"];
            until: components["schemas"]["Until"];
            reason: string;
        };
        Request: {
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            made_at: number;
            /** Format: int64 */
            group: number;
            group_name: string;
            name: string;
            category?: string;
            why?: string;
            /** @enum {string} */
            state: "open" | "forwarded" | "opened" | "refused";
            note?: string;
            answered_by?: string;
            /** Format: int64 */
            answered_at?: number;
        };
        AnswerForm: {
            /** @enum {string} */
            answer: "open" | "refuse" | "forward";
            until?: components["schemas"]["Until"];
            note?: string;
        };
        Code: {
            code: string;
            /** Format: int64 */
            group: number;
            /** Format: int64 */
            until: number;
        };
        Period: {
            name: string;
            /** Format: int64 */
            days: number;
            /** Format: int64 */
            from: number;
            /** Format: int64 */
            to: number;
            closed: string[];
            close_all: boolean;
            mode?: components["schemas"]["Mode"];
        };
        GroupForm: {
            name: string;
            tier: components["schemas"]["TierId"];
            subnets: string[];
            macs: string[];
            interfaces: string[];
            periods: components["schemas"]["Period"][];
            mode?: {
                mode: components["schemas"]["Mode"];
                /** Format: int64 */
                until?: number;
            };
        };
        Group: {
            /** Format: int64 */
            id: number;
            name: string;
            tier: components["schemas"]["TierId"];
            subnets: string[];
            macs: string[];
            interfaces: string[];
            periods: components["schemas"]["Period"][];
            mode?: {
                mode: components["schemas"]["Mode"];
                /** Format: int64 */
                until?: number;
            };
            /** Format: int64 */
            version: number;
        };
        GroupCheck: {
            ok: boolean;
            fields: {
                field: string;
                code: string;
                message: string;
            }[];
        };
        Cell: {
            category: string;
            action: components["schemas"]["Action"];
            lock?: components["schemas"]["Lock"];
            alert: boolean;
            no_name: boolean;
        };
        Tier: {
            id: components["schemas"]["TierId"];
            name: string;
            cells: components["schemas"]["Cell"][];
        };
        Category: {
            id: string;
            name: string;
            reason: string;
            /** Format: int64 */
            number: number;
        };
        Service: {
            id: string;
            name: string;
            category: string;
            category_name: string;
            /** @enum {string} */
            state: "default" | "open" | "closed";
            /** Format: int64 */
            version: number;
        };
        Exception: {
            /** Format: int64 */
            id: number;
            target: components["schemas"]["Target"];
            allow: boolean;
            /** Format: int64 */
            group?: number;
            group_name?: string;
            author: string;
            role: string;
            reason: string;
            /** Format: int64 */
            made_at?: number;
            /** Format: int64 */
            until?: number;
            /** Format: int64 */
            version: number;
        };
        ExceptionForm: {
            target: components["schemas"]["Target"];
            allow: boolean;
            /** Format: int64 */
            group?: number;
            reason: string;
            /** Format: int64 */
            until?: number;
        };
        ListInfo: {
            id: string;
            name: string;
            category?: string;
            /** Format: int64 */
            names: number;
            /** Format: int64 */
            fetched?: number;
            /** Format: int64 */
            refused_lines: number;
            class: string;
        };
        Lists: {
            items: components["schemas"]["ListInfo"][];
            ruleset: {
                /** Format: int64 */
                built?: number;
                /** Format: int64 */
                names: number;
            };
        };
        WhyForm: {
            name: string;
            /** Format: int64 */
            group?: number;
            address?: string;
            /** Format: int64 */
            at?: number;
        };
        Answer: {
            action: components["schemas"]["Action"];
            level: string;
            category?: string;
            category_name?: string;
            list?: string;
            rule?: string;
            lock?: components["schemas"]["Lock"];
        };
        Why: {
            name: string;
            group?: string;
            tier: components["schemas"]["TierId"];
            answer: components["schemas"]["Answer"];
            author?: string;
            reason?: string;
            safe_form?: string;
            steps: {
                step: string;
                text: string;
            }[];
            tiers: {
                tier: components["schemas"]["TierId"];
                tier_name: string;
                answer: components["schemas"]["Answer"];
            }[];
        };
        Status: {
            version: string;
            /** Format: int64 */
            started: number;
            time_known: boolean;
            network: {
                mode: string;
                inside: string[];
                outside?: string;
                addresses: string[];
                ipv6: boolean;
                dhcp?: string;
            };
            certificate?: {
                fingerprint: string;
                /** Format: int64 */
                until: number;
            };
            ruleset: {
                /** Format: int64 */
                built?: number;
                /** Format: int64 */
                names: number;
            };
            queries_per_second: number;
            cached_share: number;
            upstreams: {
                address: string;
                works: boolean;
            }[];
            /** Format: int64 */
            events_lost: number;
            /** Format: int64 */
            database_bytes: number;
        };
        Doctor: {
            ok: boolean;
            /** Format: int64 */
            at: number;
            findings: {
                check: string;
                /** @enum {string} */
                level: "good" | "unknown" | "warning" | "fault";
                text: string;
                remedy?: string;
            }[];
        };
        Notice: {
            title: string;
            sections: {
                title: string;
                lines: string[];
            }[];
            /** Format: int64 */
            made: number;
        };
        AuditItemPage: {
            items: components["schemas"]["AuditItem"][];
            /** Format: int64 */
            next?: number | null;
        };
        BlockPage: {
            items: components["schemas"]["Block"][];
            /** Format: int64 */
            next?: number | null;
        };
        PassPage: {
            items: components["schemas"]["Pass"][];
            /** Format: int64 */
            next?: number | null;
        };
        RequestPage: {
            items: components["schemas"]["Request"][];
            /** Format: int64 */
            next?: number | null;
        };
        GroupPage: {
            items: components["schemas"]["Group"][];
            /** Format: int64 */
            next?: number | null;
        };
        AccountPage: {
            items: components["schemas"]["Account"][];
            /** Format: int64 */
            next?: number | null;
        };
        TierPage: {
            items: components["schemas"]["Tier"][];
            /** Format: int64 */
            next?: number | null;
        };
        CategoryPage: {
            items: components["schemas"]["Category"][];
            /** Format: int64 */
            next?: number | null;
        };
        ServicePage: {
            items: components["schemas"]["Service"][];
            /** Format: int64 */
            next?: number | null;
        };
        ExceptionPage: {
            items: components["schemas"]["Exception"][];
            /** Format: int64 */
            next?: number | null;
        };
        CodePage: {
            items: components["schemas"]["Code"][];
            /** Format: int64 */
            next?: number | null;
        };
        /** @description What of an account is to change; `until: null` takes its end away. */
        AccountEdit: {
            display_name?: string | null;
            groups?: number[] | null;
            language?: components["schemas"]["LanguageTag"] | null;
            role?: components["schemas"]["RoleId"] | null;
            /** Format: int64 */
            until?: number | null;
        };
        /** @description All accounts. */
        AccountList: {
            items: components["schemas"]["AccountView"][];
            /**
             * Format: int64
             * @description Always `null`: there are few enough for one page.
             */
            next?: number | null;
        };
        /** @description An account as people see it. */
        AccountView: {
            display_name: string;
            /** @description Numbers of the groups she works with. */
            groups: number[];
            /** Format: int64 */
            id: number;
            /** @description `vi` or `en`. */
            language: string;
            /**
             * Format: int64
             * @description Unix seconds, to some minutes.
             */
            last_seen?: number | null;
            must_change_password: boolean;
            /** @description By which she signs in. */
            name: string;
            /** @description `admin`, `teacher`, `counsellor`, `principal` or `inspector`. */
            role: string;
            /** @description Whether it asks for one-time codes. */
            totp: boolean;
            /**
             * Format: int64
             * @description Unix seconds from which nobody signs in by it.
             */
            until?: number | null;
            /** Format: int64 */
            version: number;
        };
        /** @description An account to be made. */
        AccountWish: {
            display_name: string;
            groups?: number[];
            language?: components["schemas"]["LanguageTag"] | null;
            name: string;
            role: components["schemas"]["RoleId"];
            /**
             * Format: int64
             * @description Unix seconds; an inspector's account must have one.
             */
            until?: number | null;
        };
        /** @description A page of entries. */
        AuditList: {
            items: components["schemas"]["AuditItem"][];
            /**
             * Format: int64
             * @description What to ask for as `before`; `null` on the last page.
             */
            next?: number | null;
        };
        /** @description The first account. */
        FirstAccount: {
            /** @description The code that the box shows at its start. */
            code: string;
            display_name: string;
            name: string;
            password: string;
        };
        /**
         * @description The language of an account.
         * @enum {string}
         */
        LanguageTag: "vi" | "en";
        /** @description An account with the one-time password it was given. */
        NewPassword: {
            account: components["schemas"]["AccountView"];
            /** @description Shown this once; it has to be changed at the first sign-in. */
            password: string;
        };
        /** @description What of the own account is to change. */
        OwnChange: {
            display_name?: string | null;
            language?: components["schemas"]["LanguageTag"] | null;
        };
        /** @description The password, again. */
        OwnPassword: {
            password: string;
        };
        /** @description A new password. */
        PasswordChange: {
            new: string;
            old: string;
        };
        /**
         * @description The role of an account.
         * @enum {string}
         */
        RoleId: "admin" | "teacher" | "counsellor" | "principal" | "inspector";
        /**
         * @description How the box stands towards whoever asks.
         * @enum {string}
         */
        SessionState: "setup" | "signed-out" | "signed-in";
        /** @description Who is signed in, and what a page needs before anybody is. */
        SessionView: {
            account?: components["schemas"]["AccountView"] | null;
            /** @description Whether nothing parts the management side from pupils' networks. */
            flat_network: boolean;
            /** @description `vi` or `en`. */
            language: string;
            /** @description The school's name. */
            school: string;
            /** @description `management`, `staff` or `pupils`, by the address of whoever asks. */
            side: string;
            state: components["schemas"]["SessionState"];
            /** @description Whether one-time codes have to be set up before anything else. */
            totp_required: boolean;
        };
        /** @description By what somebody signs in. */
        SignIn: {
            name: string;
            password: string;
            /** @description The six digits of the phone, for accounts that ask for them. */
            totp?: string | null;
        };
        /** @description A confirmation. */
        TotpConfirmation: {
            /** @description The six digits that the phone shows. */
            code: string;
        };
        /** @description A secret that a phone is to take; it counts once it is confirmed. */
        TotpOffer: {
            /** @description The same as a picture. */
            qr_svg: string;
            /** @description As it is typed where no camera is. */
            secret: string;
            /** @description As a camera reads it. */
            uri: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
