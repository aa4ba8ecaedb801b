// Written by `npm run types` from the API's OpenAPI file. Do not edit.

export interface paths {
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description `totp-on` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was blocked in cells marked for the counsellor, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many, up to 200. */
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
                        "application/json": components["schemas"]["AlertList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** What was blocked, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description The group's number; 0 is that of devices in no group. */
                    group?: number;
                    /** @description The category's id. */
                    category?: string;
                    /** @description `dns`, `tls` or `http`. */
                    channel?: string;
                    /** @description Unix seconds. */
                    from?: number;
                    /** @description Unix seconds. */
                    to?: number;
                    /** @description `current`: since the lesson under way began. */
                    lesson?: "current";
                    /** @description At most so many, up to 200. */
                    limit?: number;
                    /** @description `next` of the page before. */
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
                        "application/json": components["schemas"]["BlockList"];
                    };
                };
                /** @description `not-allowed`: not her group */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Why a name is blocked, what each tier gets, how often it was blocked, and what can be done. */
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NameView"];
                    };
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/box": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is known of backups. */
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
                        "application/json": components["schemas"]["BoxView"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/box/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a backup, which lies on the box for half an hour to be fetched. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BackupForm"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BackupMade"];
                    };
                };
                /** @description `wrong-credentials`: the password is wrong */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field`: the passphrase is too short */
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
                /** @description `busy`: another one is under way */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `no-room` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/box/backup/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The backup that was made, encrypted. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": unknown;
                    };
                };
                /** @description `not-found`: none was made, or it lay there for too long */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/box/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Has the box begin as new. All that is the school's is removed, for good; the first-run code is on its
         *     console again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ResetForm"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `wrong-credentials`: the password is wrong */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `settings-pending` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field`: the name is another */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/box/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restores what was looked into. The program begins again; everybody signs in anew. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RestoreForm"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `wrong-credentials`: the password is wrong */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `no-upload`: nothing was looked into, or too long ago; `settings-pending` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `backup-unfit` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `busy`: it is being looked into */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/box/restore/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens the backup that was taken in, checks all of it and tells what is in it. Nothing changes. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Opening"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Preview"];
                    };
                };
                /** @description `no-upload` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `wrong-passphrase`, `not-a-backup`, `backup-damaged`, `backup-too-new`, `backup-unfit` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `busy`: it is being looked into already */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `no-room` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/box/restore/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a backup in: the body is the file. It lies on the box for half an hour. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": string;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TakenIn"];
                    };
                };
                /** @description `too-long` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `busy`: another one comes in */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `no-room` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Removes the backup that was taken in. */
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
                /** @description `busy`: it is being looked into */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/box/restore/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes the last restore back. The program begins again; everybody signs in anew. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UndoForm"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `wrong-credentials`: the password is wrong */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `nothing-to-undo`, `settings-pending` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/categories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All categories. */
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
                        "application/json": components["schemas"]["CategoryList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/certificates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All certificates. */
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
                        "application/json": components["schemas"]["Certificates"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/certificates/dns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Shows a certificate that somebody else made to devices that ask over encrypted DNS. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewCertificate"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Certificates"];
                    };
                };
                /** @description `settings-read-only`, `settings-pending` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field`: `certificate` or `key` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/certificates/inspection/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What machines need to trust the authority of inspection: `pem`, `cer`, `windows`, `apple`, and what
         *     to do for `android` and `chromebook`. Nothing of its key.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    kind: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                    };
                };
                /** @description `not-found`: nothing is inspected, or no such kind */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/certificates/web": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Shows a certificate that somebody else made on the pages. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewCertificate"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Certificates"];
                    };
                };
                /** @description `settings-read-only`, `settings-pending` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field`: `certificate` or `key` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Has the pages show the box's own certificate again. */
        delete: {
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
                        "application/json": components["schemas"]["Certificates"];
                    };
                };
                /** @description `not-found`: it is the box's own */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/certificates/web/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes another certificate of the box's own for its pages; browsers ask once whether to trust it. */
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
                        "application/json": components["schemas"]["Certificates"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Codes of her groups that hold now. Their digits were shown once. */
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
                        "application/json": components["schemas"]["CodeList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Makes a code that a pupil types once on a block page, to open that page for the group until the bell. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CodeForm"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Code"];
                    };
                };
                /** @description `not-allowed`: not her group */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `too-many` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/counsellor/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The counsellor's key. */
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
                        "application/json": components["schemas"]["CounsellorKey"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Sets the counsellor's key. The identity never comes here but wrapped. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["KeyForm"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CounsellorKey"];
                    };
                };
                /** @description `key-in-use`: reports that are not closed need the old one */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Exceptions, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Those too that hold no longer. */
                    all?: boolean;
                    /** @description At most so many, up to 200. */
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
                        "application/json": components["schemas"]["ExceptionList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Makes an exception. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ExceptionWish"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExceptionView"];
                    };
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Ends an exception. */
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
                /** @description `already-ended` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All groups. */
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
                        "application/json": components["schemas"]["GroupList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Makes a group. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GroupWish"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GroupView"];
                    };
                };
                /** @description `name-taken`; `clash`, with `groups`: the names of both */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/groups/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says whether a group would be taken, without saving it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GroupToCheck"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GroupCheck"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Changes a group: what is not given is taken away. */
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
                    "application/json": components["schemas"]["GroupWish"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GroupView"];
                    };
                };
                /** @description `not-found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `name-taken`; `clash`, with `groups`: the names of both */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Removes a group; its exceptions end. */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/groups/{id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tokens of a group. */
        get: {
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
                        "application/json": components["schemas"]["TokenList"];
                    };
                };
                /** @description `not-found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Makes a token for a group, beside those it has. */
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
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewToken"];
                    };
                };
                /** @description `not-found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `too-many` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/groups/{id}/tokens/{first}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a token back: devices that use it belong to no group from now on. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                    first: string;
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** The lists of the ruleset in use. Sealed ones are shown nowhere. */
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
                        "application/json": components["schemas"]["ListList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/lists/trial": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the count stands. Entries that fewer devices asked for than the school's least number are told of in no
         *     way.
         */
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
                        "application/json": components["schemas"]["TrialState"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /**
         * Looks at a list before it is enabled: what is new in it, what of well-known names it would close for which
         *     tier, and what it would have no effect on. Nothing of the filter changes. With `counts` it is counted from
         *     now on, for a day and in memory only, how many of its entries enough devices would have been hit by.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TrialForm"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrialView"];
                    };
                };
                /** @description `too-long` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field`: `category`, `format`, `text` or `label` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `busy`: another list is looked at */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Ends the count, and forgets it. */
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
                /** @description `not-found`: nothing is counted */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The live view. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description `sample` {qps, blocked_per_s, cached_share?, p99_us?}, `block` {minute, group, category, count}, `request` {}, `report` {waiting}, `account` {} */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": unknown;
                    };
                };
                /** @description `too-many-live`: too many live views of this account */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `busy`: too many live views */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The overview. */
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
                        "application/json": components["schemas"]["Overview"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Passes that hold now: of her groups, or all. */
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
                        "application/json": components["schemas"]["PassList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Opens something for a group, until the bell or for some minutes. */
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
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Pass"];
                    };
                };
                /** @description `locked`, with `lock`: who could; `not-allowed`: not her group */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `open-already` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Ends a pass before its time. */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reports, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many, up to 200. */
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
                        "application/json": components["schemas"]["ReportList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/reports/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that a report was seen. */
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
                        "application/json": components["schemas"]["Report"];
                    };
                };
                /** @description `not-found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/reports/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Closes a report. */
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
                        "application/json": components["schemas"]["Report"];
                    };
                };
                /** @description `not-found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/reports/{id}/note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adds a note to a report. */
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
                    "application/json": components["schemas"]["NoteForm"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Report"];
                    };
                };
                /** @description `not-found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `bad-field`: not encrypted */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Requests, newest first: of her groups, or all. */
        get: {
            parameters: {
                query?: {
                    /** @description Only these; all without. */
                    state?: "open" | "answered";
                    /** @description At most so many, up to 200. */
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
                        "application/json": components["schemas"]["RequestList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Asks the administrator to open a site for a group of hers that only the school may open. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AskForm"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Request"];
                    };
                };
                /** @description `not-allowed`: not her group; `locked`: the school may not open it either */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `open-already`, `nothing-to-ask`: she may open it herself, `asked-already`, `too-many` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/requests/{id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answers a request. */
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Request"];
                    };
                };
                /** @description `locked`, with `lock`: who could open it */
                403: {
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
                /** @description `answered-already`, `no-group` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/safe-search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every engine that has a safe form, and what each tier gets of it. */
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
                        "application/json": components["schemas"]["SafeEngineList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/safe-search/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks the box's own resolver for the names of every engine, as the group would, and says whether addresses and
         *     service bindings lead to the safe form and nowhere else. Nobody is told of it, and nothing is counted.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SafeQuestion"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SafeChecks"];
                    };
                };
                /** @description `bad-field`: `group` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Services and their switches. */
        get: {
            parameters: {
                query?: {
                    /** @description The group's number; devices in no group without. */
                    group?: number;
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
                        "application/json": components["schemas"]["ServiceList"];
                    };
                };
                /** @description `not-found`: no such group */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Turns the switch of a service: opens or closes it with all its names, or takes the switch back. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SwitchWish"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ServiceView"];
                    };
                };
                /** @description `not-found` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The settings with their defaults. */
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
                        "application/json": components["schemas"]["SettingsView"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says what is wrong with a text, without saving it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FileText"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FileChecked"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keeps a change that would have gone back by itself. */
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
                        "application/json": components["schemas"]["SettingsView"];
                    };
                };
                /** @description `nothing-pending` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/dhcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Changes who gets which address. */
        put: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DhcpPart"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
                /** @description `settings-read-only`, `settings-pending`, `part-refused` */
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
                /** @description `bad-field`: key paths of the file; with `mistakes` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/dns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Changes whom the box asks, and how it answers what is closed. */
        put: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DnsPart"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
                /** @description `settings-read-only`, `settings-pending`, `part-refused` */
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
                /** @description `bad-field`: key paths of the file; with `mistakes` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/interfaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The interfaces of the machine, to choose from. */
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
                        "application/json": components["schemas"]["InterfaceList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/network": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Changes where the box stands. */
        put: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NetworkPart"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
                /** @description `settings-read-only`, `settings-pending`, `part-refused` */
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
                /** @description `bad-field`: key paths of the file; with `mistakes` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/notice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Somebody has read what the box put back by itself: it is told no longer. */
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
                /** @description `not-found`: nothing is told */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/proxy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Changes where the web is filtered. */
        put: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ProxyPart"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
                /** @description `settings-read-only`, `settings-pending`, `part-refused` */
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
                /** @description `bad-field`: key paths of the file; with `mistakes` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/school": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Changes who the school is, and its bells. */
        put: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SchoolPart"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
                /** @description `settings-read-only`, `settings-pending` */
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
                /** @description `bad-field`: key paths of the file; with `mistakes` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/text": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The settings file as it is. */
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
                        "application/json": components["schemas"]["FileView"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Puts a text in the place of the file's. */
        put: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FileText"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
                /** @description `settings-read-only`, `settings-pending`, `part-refused` */
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
                /** @description `bad-field`, with `mistakes` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Brings the settings before back; these are kept in their turn. */
        post: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
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
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
                /** @description `nothing-before`, `settings-read-only` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/upstreams/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks upstreams a few questions about names that belong to nobody at the school. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UpstreamsToTry"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UpstreamsTried"];
                    };
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/settings/web": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Changes where the pages are, and who is on which side. */
        put: {
            parameters: {
                query?: never;
                header: {
                    "If-Match": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebPart"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
                /** @description `settings-read-only`, `settings-pending`, `part-refused` */
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
                /** @description `bad-field`: key paths of the file; with `mistakes` */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/setup/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restores what was looked into. The program begins again, and the accounts are those of the backup. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FirstRestore"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `wrong-code`, `wrong-side` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `set-up-already`, `no-upload`, `settings-pending` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `backup-unfit` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `busy`: it is being looked into */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/setup/restore/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens the backup that was taken in, checks all of it and tells what is in it. Nothing changes. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FirstOpening"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Preview"];
                    };
                };
                /** @description `wrong-code`, `wrong-side` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `set-up-already`, `no-upload` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `wrong-passphrase`, `not-a-backup`, `backup-damaged`, `backup-too-new`, `backup-unfit` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `busy`: it is being looked into already */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `no-room` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/setup/restore/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a backup in: the body is the file. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description the code that the box shows at its start */
                    "X-Lachan-Code": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": string;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TakenIn"];
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
                /** @description `too-long` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `busy`: another one comes in */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description `no-room` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/system/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All that the filter needs, checked, each with what to do. Nothing is sent off this machine. */
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
                        "application/json": components["schemas"]["DoctorView"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** What is recorded and how long, by the settings in use. */
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
                        "application/json": components["schemas"]["NoticeView"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/system/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is running and how it fares, as `lachan status --json` prints it. */
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
                        "application/json": Record<string, never>;
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
    "/tiers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The table: what each tier gets of each category, and who may open it. */
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
                        "application/json": components["schemas"]["TierList"];
                    };
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
        /** Says why a name is open or closed. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WhyAsked"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WhyView"];
                    };
                };
                /** @description `bad-field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem (RFC 9457): who asks, from where, how often, in what form */
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
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
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
        /**
         * @description What a cell gives.
         * @enum {string}
         */
        ActionId: "allow" | "restrict" | "block";
        /** @description Something that was blocked in a cell marked so. No name where none may be kept, no device ever. */
        Alert: {
            category: string;
            category_name: string;
            channel: string;
            /** Format: int32 */
            count: number;
            /** Format: int32 */
            group: number;
            group_name?: string | null;
            /** Format: int64 */
            id: number;
            /**
             * Format: int32
             * @description The lesson of today it fell into, from 1.
             */
            lesson?: number | null;
            /**
             * Format: int64
             * @description Minutes since 1970; absent where the box did not know the time.
             */
            minute?: number | null;
            /** @description What decided: `list:…`, `phrase`, …. */
            rule: string;
            tier: string;
        };
        /** @description A page of alerts. */
        AlertList: {
            items: components["schemas"]["Alert"][];
            /** Format: int64 */
            next?: number | null;
        };
        /** @description An answer. */
        AnswerForm: {
            answer: components["schemas"]["AnswerKind"];
            /** @description A sentence for the pupil. */
            note?: string | null;
            until?: components["schemas"]["Until"] | null;
        };
        /**
         * @description What is answered.
         * @enum {string}
         */
        AnswerKind: "open" | "refuse" | "forward";
        /** @description What a teacher asks the administrator for. */
        AskForm: {
            /**
             * Format: int32
             * @description Her group's number.
             */
            group: number;
            /** @description The site: a host name, with what lies below it. */
            name: string;
            /** @description Why it is needed, in a sentence. */
            reason: string;
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
        /** @description A page of entries. */
        AuditList: {
            items: components["schemas"]["AuditItem"][];
            /**
             * Format: int64
             * @description What to ask for as `before`; `null` on the last page.
             */
            next?: number | null;
        };
        /**
         * @description Why the box is to be backed up.
         * @enum {string}
         */
        BackupDue: "never" | "old";
        /** @description A backup to be made. */
        BackupForm: {
            /** @description Whether the compiled lists go with it: bigger, and a new box filters by them at once. */
            lists: boolean;
            /** @description The passphrase of the file; without it one is made. */
            passphrase?: string | null;
            /** @description The password of whoever asks: a backup holds everybody's keys. */
            password: string;
        };
        /** @description A backup that was made. */
        BackupMade: {
            /** @description The passphrase that was made: told now and never again. */
            passphrase?: string | null;
            ready: components["schemas"]["Ready"];
        };
        /**
         * @description A page of them. It may hold few or none where few match, and there may be more all the same: ask
         *     on until `next` is `null`.
         */
        BlockList: {
            items: components["schemas"]["BlockView"][];
            /** Format: int64 */
            next?: number | null;
        };
        /** @description Blocked attempts that agree in all that is told. */
        BlockView: {
            category?: string | null;
            category_name?: string | null;
            /** @description `dns`, `tls` or `http`. */
            channel: string;
            /** Format: int64 */
            count: number;
            /**
             * @description Whether the group has so few devices that this would be a list of what one child tried: the minute is the
             *     first of its hour, and a name is told only where many devices of the school met it.
             */
            few: boolean;
            /**
             * Format: int32
             * @description The group's number; 0 is that of devices in no group.
             */
            group: number;
            group_name?: string | null;
            /**
             * Format: int64
             * @description Tells the row from others; of few devices it tells nothing of its place in the log.
             */
            id: number;
            /**
             * Format: int64
             * @description Minutes since 1970; `null` when the box did not know the time.
             */
            minute?: number | null;
            /** @description The registrable name; `null` where none may be kept or shown. */
            name?: string | null;
            tier: components["schemas"]["TierId"];
        };
        /** @description What is known of backups. */
        BoxView: {
            /** @description What is typed before the box is reset: the school's name, where it has one. */
            confirm: string;
            /**
             * Format: int64
             * @description When the last backup was made that somebody fetched, unix seconds; absent: never.
             */
            last_backup?: number | null;
            ready?: components["schemas"]["Ready"] | null;
            /** @description The fewest characters of a passphrase. */
            shortest: number;
            /**
             * Format: int64
             * @description Until when the last restore can be taken back, unix seconds.
             */
            undo_until?: number | null;
        };
        /** @description Ways round the filter. */
        BypassCounts: {
            today: components["schemas"]["KindCount"][];
            week: components["schemas"]["KindCount"][];
        };
        /** @description What whoever asks could do. */
        Can: {
            /** @description Whether the school's administrator could open it for one of her groups. */
            ask_admin: boolean;
            /** @description Her groups for which only the school may open it. */
            ask_for: number[];
            /** @description Groups of hers that she may open it for, for a lesson. */
            open_for_lesson: number[];
        };
        /** @description A category's blocks, today and in seven days. */
        CategoryCount: {
            /** Format: int64 */
            blocked: number;
            category: string;
            name: string;
            /** Format: int64 */
            week: number;
        };
        /** @description All categories. */
        CategoryList: {
            items: components["schemas"]["CategoryView"][];
        };
        /** @description One category. */
        CategoryView: {
            id: string;
            name: string;
            /**
             * Format: int32
             * @description Its row in the table of the rules.
             */
            number: number;
            /** @description Why a school cares. */
            reason: string;
        };
        /** @description One cell of the table. */
        CellView: {
            action: components["schemas"]["ActionId"];
            /** @description Whether the counsellor is told. */
            alert: boolean;
            /** @description Who at least may open it: `teacher`, `school` or `department`. */
            lock: string;
            /** @description Whether the log keeps no name. */
            no_name: boolean;
        };
        /** @description A certificate that the box shows. */
        CertificateView: {
            /** @description The SHA-256, as people compare it. */
            fingerprint: string;
            /**
             * Format: int64
             * @description Unix seconds of its beginning.
             */
            from: number;
            /** @description Whether a public authority vouches for it, so that every device trusts it. */
            is_public: boolean;
            /** @description Whether somebody else made it. */
            is_uploaded: boolean;
            /** @description The names and addresses it is for. */
            names: string[];
            /**
             * Format: int64
             * @description Unix seconds of its end.
             */
            until: number;
        };
        /** @description All certificates of the box. */
        Certificates: {
            dns?: components["schemas"]["CertificateView"] | null;
            /** @description Whether encrypted DNS listens at all. */
            dns_listens: boolean;
            inspection?: components["schemas"]["InspectionView"] | null;
            web?: components["schemas"]["CertificateView"] | null;
        };
        /** @description A cell of the table that the group gets otherwise. */
        ChangeView: {
            action: components["schemas"]["ActionId"];
            /** @description The category's id. */
            category: string;
        };
        /** @description A code that holds. */
        Code: {
            /** @description Its six digits: only in the answer that makes it. */
            code?: string | null;
            /** Format: int32 */
            group: number;
            /** Format: int64 */
            id: number;
            /**
             * Format: int32
             * @description The lesson whose bell ends it, from 1.
             */
            lesson?: number | null;
            made_by: string;
            /**
             * Format: int64
             * @description Unix seconds.
             */
            until: number;
            /** @description Whether it was typed already. */
            used: boolean;
        };
        /** @description A code to be made. */
        CodeForm: {
            /**
             * Format: int32
             * @description The group's number.
             */
            group: number;
        };
        /** @description Codes that hold now. */
        CodeList: {
            items: components["schemas"]["Code"][];
            /** Format: int64 */
            next?: number | null;
        };
        /** @description The key that reports are encrypted to. */
        CounsellorKey: {
            /** Format: int64 */
            made_at?: number | null;
            made_by?: string | null;
            /** @description Absent while none is set: no reports are taken then. */
            recipient?: string | null;
            /** @description The identity, wrapped by the counsellor's passphrase in her browser. */
            wrapped_identity?: string | null;
        };
        /** @description How often. */
        Counted: {
            /** Format: int64 */
            today: number;
            /** Format: int64 */
            week: number;
        };
        /** @description Numbers of a day. */
        DayCount: {
            /** Format: int64 */
            allowed: number;
            /** Format: int64 */
            blocked: number;
            /** @description `2026-11-23`, local. */
            day: string;
        };
        /** @description What one tier gets. */
        Decision: {
            action: components["schemas"]["ActionId"];
            category?: string | null;
            category_name?: string | null;
            /** @description The id of the level that decided. */
            level: string;
            /** @description The id of the list whose entry decided. */
            list?: string | null;
            /** @description Who at least may open it: `teacher`, `school` or `department`; absent where it is open. */
            lock?: string | null;
            /** @description Why a school cares. */
            reason?: string | null;
            tier: components["schemas"]["TierId"];
            tier_name: string;
        };
        /** @description What a single device gets. */
        DhcpFixedView: {
            /** @description Empty for none. */
            address?: string;
            mac: string;
            /** @description Empty for none. */
            name?: string;
        };
        /** @description `[network.dhcp]`. */
        DhcpPart: {
            domain: string;
            fixed: components["schemas"]["DhcpFixedView"][];
            /** @description Such as `12h`. */
            lease_time: string;
            /** @description `off`, `write` or `run`. */
            mode: string;
            ranges: components["schemas"]["DhcpRangeView"][];
        };
        /** @description The addresses that devices behind one interface get. */
        DhcpRangeView: {
            /** @description The box's own: `10.6.0.1/24`. */
            address: string;
            first: string;
            interface: string;
            last: string;
            /** @description Whether devices are told the IPv6 network. */
            router_advertisements: boolean;
        };
        /** @description What of `[resolver]` a school sets. */
        DnsPart: {
            /** @description The addresses of `address`. */
            block_addresses: string[];
            /** @description `nxdomain`, `nodata` or `address`. */
            block_answer: string;
            /** @description The tier of devices in no group. */
            unknown_tier: components["schemas"]["TierId"];
            /** @description As in the file: `tls://9.9.9.9#dns.quad9.net`, `1.1.1.1`, … */
            upstreams: string[];
        };
        /** @description By which ways devices may ask the box over encrypted DNS, wherever they are. */
        DnsWays: {
            /** @description Whether DNS over HTTPS listens. */
            has_doh: boolean;
            /**
             * @description Whether DNS over TLS listens where devices look for it, and the certificate holds for a token in
             *     the server name.
             */
            has_dot: boolean;
            /** @description The name devices know the box by; `null` where neither settings nor certificate have one. */
            host?: string | null;
            /** @description Whether a public authority vouches for the certificate: others Android's Private DNS trusts not. */
            is_public: boolean;
        };
        /** @description What the doctor found. */
        DoctorView: {
            findings: components["schemas"]["Finding"][];
            /** @description Whether nothing is at fault. */
            ok: boolean;
        };
        /**
         * @description How a pass ends.
         * @enum {string}
         */
        EndsBy: "bell" | "time";
        /** @description A page of exceptions. */
        ExceptionList: {
            items: components["schemas"]["ExceptionView"][];
            /** Format: int64 */
            next?: number | null;
        };
        /** @description An exception. */
        ExceptionView: {
            about: string;
            action: components["schemas"]["OpenOrClose"];
            author: string;
            /** Format: int64 */
            ended_at?: number | null;
            /** @description Who ended it early. */
            ended_by?: string | null;
            /**
             * Format: int32
             * @description The group's number.
             */
            group?: number | null;
            /** @description Its name; absent where it is gone. */
            group_name?: string | null;
            /** @description Whether it holds now. */
            holds: boolean;
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            made_at?: number | null;
            reason: string;
            /** @description In whose authority: `teacher`, `school` or `department`. */
            role: string;
            /** Format: int64 */
            until?: number | null;
        };
        /** @description An exception to be made. */
        ExceptionWish: {
            /** @description `fb88.com`, `=a.vn`, `*.a.vn`, `service:zalo`, `category:games`. */
            about: string;
            action: components["schemas"]["OpenOrClose"];
            /**
             * Format: int32
             * @description The group's number; the whole school without.
             */
            group?: number | null;
            reason: string;
            /**
             * Format: int64
             * @description Unix seconds when it ends by itself.
             */
            until?: number | null;
        };
        /** @description What is wrong with a text. */
        FileChecked: {
            mistakes: components["schemas"]["MistakeView"][];
            /** @description How many there are beyond these. */
            more: number;
        };
        /** @description A text. */
        FileText: {
            text: string;
        };
        /** @description The file. */
        FileView: {
            /** @description Where it is. */
            file: string;
            /** @description What is wrong with it as it is. */
            mistakes: components["schemas"]["MistakeView"][];
            /** @description What a change names in `If-Match`. */
            tag: string;
            text: string;
        };
        /** @description One thing that was found. */
        Finding: {
            /** @description Whether it could be checked at all. */
            checked: boolean;
            /** @description Which check: an id that outlives versions. */
            code: string;
            /** @description What to do. */
            remedy?: string | null;
            /** @description How bad it is. */
            severity: components["schemas"]["Severity"];
            /** @description What was found. */
            title: string;
        };
        /** @description The first account. */
        FirstAccount: {
            /** @description The code that the box shows at its start. */
            code: string;
            display_name: string;
            name: string;
            password: string;
        };
        /** @description What opens a backup, and who says so. */
        FirstOpening: {
            /** @description The code that the box shows at its start. */
            code: string;
            passphrase: string;
        };
        /** @description Yes, restore it. */
        FirstRestore: {
            /** @description The code that the box shows at its start. */
            code: string;
            /** @description Whether the box keeps its place in the network, in place of the one in the backup. */
            own_network: boolean;
        };
        /** @description What would come of a group. */
        GroupCheck: {
            /** @description What stands in the way, as `fields` of a problem. */
            fields: Record<string, never>[];
            /** @description Whether it would be taken. */
            ok: boolean;
        };
        /** @description The groups, whole for administrators. */
        GroupItem: components["schemas"]["GroupView"] | components["schemas"]["GroupName"];
        /** @description All groups, the one of unknown devices not among them. */
        GroupList: {
            items: components["schemas"]["GroupItem"][];
            /**
             * Format: int64
             * @description Always `null`: there are few enough for one page.
             */
            next?: number | null;
        };
        /** @description A group as everybody else sees it: its devices are nobody's business. */
        GroupName: {
            /** Format: int32 */
            id: number;
            name: string;
            tier: components["schemas"]["TierId"];
        };
        /** @description A group that may be there already. */
        GroupToCheck: {
            group: components["schemas"]["GroupWish"];
            /**
             * Format: int32
             * @description The number of the group it is to replace.
             */
            id?: number | null;
        };
        /** @description A group as administrators see it. */
        GroupView: {
            changes: components["schemas"]["ChangeView"][];
            /** Format: int32 */
            id: number;
            interfaces: string[];
            macs: string[];
            mode?: components["schemas"]["ModeView"] | null;
            name: string;
            periods: components["schemas"]["PeriodView"][];
            subnets: string[];
            tier: components["schemas"]["TierId"];
            /** @description The first characters of its tokens. */
            tokens: string[];
            /** Format: int64 */
            version: number;
        };
        /** @description A group to be made, or as it is to become. */
        GroupWish: {
            changes?: components["schemas"]["ChangeView"][];
            interfaces?: string[];
            macs?: string[];
            mode?: components["schemas"]["ModeView"] | null;
            name: string;
            periods?: components["schemas"]["PeriodView"][];
            subnets?: string[];
            tier: components["schemas"]["TierId"];
        };
        /** @description Who helps near the school. */
        HelpView: {
            name: string;
            /** @description Empty for none. */
            note?: string;
            /** @description Empty for none. */
            phone?: string;
        };
        /** @description Numbers of an hour of today. */
        HourOfToday: {
            /** Format: int64 */
            allowed: number;
            /** Format: int64 */
            blocked: number;
            /** Format: int32 */
            hour: number;
        };
        /** @description The authority of inspection. */
        InspectionView: {
            /** @description The SHA-256 of its certificate. */
            fingerprint: string;
            /**
             * Format: int64
             * @description Unix seconds of its beginning.
             */
            from: number;
            /** @description Whether anything is inspected. */
            is_on: boolean;
            /**
             * Format: int64
             * @description Unix seconds of its end.
             */
            until: number;
        };
        /** @description An interface of the machine. */
        Interface: {
            /** @description Its addresses, each with the length of its network: `10.6.0.1/24`. */
            addresses: string[];
            /** @description Whether a cable or a network is on it, where the system tells. */
            is_up?: boolean | null;
            /** @description Whether the machine's way to the Internet goes by it. */
            leads_out: boolean;
            /** @description Its name. */
            name: string;
        };
        /** @description The interfaces of the machine. */
        InterfaceList: {
            items: components["schemas"]["Interface"][];
        };
        /** @description A key to be set. */
        KeyForm: {
            /** @description `age1…`. */
            recipient: string;
            /** @description An age file (passphrase) of the identity, in its text form. */
            wrapped_identity: string;
        };
        /** @description A way round the filter, and how often it was tried. */
        KindCount: {
            /** Format: int64 */
            count: number;
            kind: string;
            name: string;
        };
        /** @description A list that knows the name. */
        KnownBy: {
            category?: string | null;
            id: string;
            /** @description The entry. */
            name: string;
        };
        /**
         * @description The language of an account.
         * @enum {string}
         */
        LanguageTag: "vi" | "en";
        /** @description All lists. */
        ListList: {
            items: components["schemas"]["ListView"][];
            ruleset: components["schemas"]["RulesetInUse"];
        };
        /** @description A list of the ruleset. */
        ListView: {
            category?: string | null;
            category_name?: string | null;
            /** @description `imported`, `own`, `statutory`, … */
            class: string;
            id: string;
            licence: string;
            /**
             * Format: int64
             * @description How many entries it gave.
             */
            names: number;
            /**
             * Format: int64
             * @description How many of its lines were refused.
             */
            refused_lines: number;
            source: string;
        };
        /** @description A mistake of the file. */
        MistakeView: {
            /** @description What is wrong; outlives versions. */
            code: string;
            /** @description In characters, from 1. */
            column?: number | null;
            /** @description The key path, such as `resolver.upstreams[1]`; empty where no key is to blame. */
            key: string;
            /** @description From 1; `null` when it is the whole file. */
            line?: number | null;
            /** @description In the reader's language, with what would be right. */
            message: string;
        };
        /**
         * @description A mode's id.
         * @enum {string}
         */
        ModeId: "normal" | "allowlist-only" | "exam" | "online-class";
        /** @description A mode that somebody switched on. */
        ModeView: {
            mode: components["schemas"]["ModeId"];
            /**
             * Format: int64
             * @description Unix seconds when it ends by itself.
             */
            until?: number | null;
        };
        /** @description A name's page. */
        NameView: {
            can: components["schemas"]["Can"];
            count: components["schemas"]["Counted"];
            decisions: components["schemas"]["Decision"][];
            lists: components["schemas"]["KnownBy"][];
            /** @description Why it stays shut, where only the department could open it. */
            locked_reason?: string | null;
            /** @description The name, in A-labels. */
            name: string;
        };
        /** @description `[network]`: where the box stands. */
        NetworkPart: {
            /** @description `none` where there is none. */
            bridge: string;
            direct_addresses_refused_for: components["schemas"]["TierId"][];
            fail_open: components["schemas"]["TierId"][];
            inside: string[];
            management_from: string[];
            management_ports: number[];
            /** @description `off`, `resolver`, `gateway`, `proxy` or `bridge`. */
            mode: string;
            /** @description `none` where there is none. */
            outside: string;
            ways_round_kept_for: components["schemas"]["TierId"][];
        };
        /** @description A certificate with its key. The key is stored for the program's user only and never told again. */
        NewCertificate: {
            /** @description The box's own first, then those of its chain (PEM). */
            certificate: string;
            /** @description Without a pass phrase (PEM). */
            key: string;
        };
        /** @description An account with the one-time password it was given. */
        NewPassword: {
            account: components["schemas"]["AccountView"];
            /** @description Shown this once; it has to be changed at the first sign-in. */
            password: string;
        };
        /** @description A token that was made. None of this can be shown again. */
        NewToken: {
            /** @description A profile for iPhone, iPad and Mac (`.mobileconfig`). */
            apple?: string | null;
            /** @description The same as a picture. */
            doh_qr_svg?: string | null;
            /** @description The URL of DNS over HTTPS; `null` where none listens. */
            doh_url?: string | null;
            /** @description The server name of DNS over TLS, and of Android's Private DNS. */
            dot_name?: string | null;
            /** @description How it is told from others from now on. */
            first: string;
            token: string;
            /** @description A script for Windows (PowerShell). */
            windows?: string | null;
        };
        /** @description A note to be kept. */
        NoteForm: {
            /** @description An age file to the counsellor's own recipient, in base64. */
            sealed: string;
        };
        /** @description What is recorded, to print for parents. */
        NoticeView: {
            items: components["schemas"]["Recorded"][];
            school: string;
        };
        /**
         * @description Whether an exception opens or closes.
         * @enum {string}
         */
        OpenOrClose: "allow" | "block";
        /** @description What opens a backup. */
        Opening: {
            passphrase: string;
        };
        /** @description The overview. */
        Overview: {
            bypasses: components["schemas"]["BypassCounts"];
            /** @description The most blocked first. */
            categories: components["schemas"]["CategoryCount"][];
            /** @description The newest changes, for those who may read them. */
            changes: components["schemas"]["AuditItem"][];
            /** @description 24 hours of today; empty while the box does not know the time. */
            hours: components["schemas"]["HourOfToday"][];
            /** @description What waits for the reader. */
            open: components["schemas"]["Waiting"];
            protection: components["schemas"]["Protection"];
            tiers: components["schemas"]["TierCount"][];
            today?: components["schemas"]["Today"] | null;
            /** @description Seven days, today the last; empty while the box does not know the time. */
            week: components["schemas"]["DayCount"][];
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
        /** @description All parts. */
        Parts: {
            dhcp: components["schemas"]["DhcpPart"];
            dns: components["schemas"]["DnsPart"];
            network: components["schemas"]["NetworkPart"];
            proxy: components["schemas"]["ProxyPart"];
            school: components["schemas"]["SchoolPart"];
            web: components["schemas"]["WebPart"];
        };
        /** @description A pass that holds. */
        Pass: {
            author: string;
            ends: components["schemas"]["EndsBy"];
            /** Format: int32 */
            group: number;
            /** @description Absent where the group is gone. */
            group_name?: string | null;
            /** Format: int64 */
            id: number;
            /**
             * Format: int32
             * @description The lesson whose bell ends it, from 1.
             */
            lesson?: number | null;
            /**
             * Format: int64
             * @description Unix seconds.
             */
            made_at?: number | null;
            reason: string;
            target: components["schemas"]["Target"];
            /**
             * Format: int64
             * @description Unix seconds.
             */
            until?: number | null;
        };
        /** @description A pass to be made. */
        PassForm: {
            /**
             * Format: int32
             * @description The group's number.
             */
            group: number;
            reason: string;
            target: components["schemas"]["Target"];
            until: components["schemas"]["Until"];
        };
        /** @description Passes that hold now. */
        PassList: {
            items: components["schemas"]["Pass"][];
            /** Format: int64 */
            next?: number | null;
        };
        /** @description A new password. */
        PasswordChange: {
            new: string;
            old: string;
        };
        /** @description A change that goes back by itself unless somebody confirms it. */
        Pending: {
            /** @description Who made it. */
            by: string;
            /**
             * Format: int32
             * @description In so many seconds.
             */
            seconds: number;
        };
        /** @description A period of the week. */
        PeriodView: {
            /** @description Whether it closes everything. */
            close_all?: boolean;
            /** @description Ids of the categories that it closes. */
            closed?: string[];
            /** @description Days of the week, 1 is Monday. */
            days: number[];
            /**
             * Format: int32
             * @description Minutes after midnight; a period whose end is not after its start goes over midnight.
             */
            from: number;
            mode?: components["schemas"]["ModeId"] | null;
            name: string;
            /** Format: int32 */
            to: number;
        };
        /** @description What is in a backup. */
        Preview: {
            /** @description Its accounts. */
            accounts: components["schemas"]["PreviewAccount"][];
            /** @description Whether its settings can be used here; where not, the box has to keep its own place. */
            fits: boolean;
            /** @description Its groups. */
            groups: components["schemas"]["PreviewGroup"][];
            /** @description Whether the compiled lists are in it. */
            lists: boolean;
            /**
             * Format: int64
             * @description Unix seconds; absent where the box did not know the time.
             */
            made_at?: number | null;
            /** @description The version of the program that made it. */
            program: string;
            /** @description The school's name; may be empty. */
            school: string;
            /** @description Settings that differ from those of this box. */
            settings: components["schemas"]["PreviewSetting"][];
        };
        /** @description An account in a backup. */
        PreviewAccount: {
            /** @description The name people know. */
            display_name: string;
            /** @description The role's id. */
            role: string;
        };
        /** @description A group in a backup. */
        PreviewGroup: {
            /** @description Its name. */
            name: string;
            /** @description Its tier's id. */
            tier: string;
        };
        /** @description A setting in which a backup differs from this box. */
        PreviewSetting: {
            /** @description What it is here; absent where it is the default. */
            here?: string | null;
            /** @description Its key in `lachan.toml`. */
            key: string;
            /** @description What it is in the backup. */
            there?: string | null;
        };
        /** @description What is wrong: `code` outlives versions, the rest is for people. */
        Problem: {
            code: string;
            detail?: string;
            fields?: {
                code: string;
                field: string;
                message: string;
            }[];
            status: number;
            title: string;
            type: string;
        };
        /** @description Whether the school is protected now. */
        Protection: {
            findings: components["schemas"]["Finding"][];
            state: components["schemas"]["ProtectionState"];
        };
        /**
         * @description How the school is protected.
         * @enum {string}
         */
        ProtectionState: "protected" | "attention" | "unprotected";
        /** @description `[proxy]`, without inspection. */
        ProxyPart: {
            block_page: string[];
            /** @description Where the proxy listens that devices have set: `10.6.0.1:3128`. */
            explicit: string[];
            inside_targets: string[];
            never_diverted: string[];
            transparent: boolean;
        };
        /** @description A backup that lies on the box until it is fetched. */
        Ready: {
            /**
             * Format: int64
             * @description Its length in bytes.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Unix seconds; absent where the box did not know the time.
             */
            made_at?: number | null;
            /** @description What to call it. */
            name: string;
        };
        /** @description One thing that the box records, or does not. */
        Recorded: {
            /** @description An id that outlives versions. */
            code: string;
            /**
             * Format: int32
             * @description For how many days it is kept.
             */
            days?: number | null;
            /** @description Whether it is recorded. */
            recorded: boolean;
            /** @description In plain words. */
            text: string;
        };
        /** @description A report. */
        Report: {
            /** Format: int64 */
            acknowledged_at?: number | null;
            acknowledged_by?: string | null;
            /** Format: int64 */
            closed_at?: number | null;
            /** @description Whether it came among many of one device or network; which, nobody knows. */
            crowded: boolean;
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description Unix seconds.
             */
            made_at?: number | null;
            /** @description Oldest first. */
            notes: components["schemas"]["ReportNote"][];
            /** @description What it says: an age file in base64, of `{"version": 1, "story": …, "contact": …}`. */
            sealed: string;
            /** @description `new`, `acknowledged` or `closed`. */
            state: string;
            /** @description `content`, `bullying`, `stranger`, `blackmail`, `self-harm`, `fake-news`, `fraud` or `other`. */
            type: string;
        };
        /** @description A page of reports. */
        ReportList: {
            items: components["schemas"]["Report"][];
            /** Format: int64 */
            next?: number | null;
            /**
             * Format: int32
             * @description How many nobody has looked at.
             */
            waiting: number;
            /**
             * Format: int32
             * @description How many of them came among many of one device or network.
             */
            waiting_crowded: number;
            /**
             * Format: int64
             * @description Unix seconds when the oldest of them came.
             */
            waiting_since?: number | null;
        };
        /** @description A note of the counsellor's. */
        ReportNote: {
            /**
             * Format: int64
             * @description Unix seconds.
             */
            at?: number | null;
            /** @description An age file, in base64. */
            sealed: string;
        };
        /** @description A request. It names no device. */
        Request: {
            /** Format: int64 */
            answered_at?: number | null;
            answered_by?: string | null;
            /**
             * Format: int64
             * @description Unix seconds of the last time.
             */
            asked_at: number;
            /** @description The teacher who asks the administrator; absent where pupils ask. */
            asked_by?: string | null;
            /** @description The category's id. */
            category?: string | null;
            /**
             * Format: int32
             * @description How often.
             */
            count: number;
            /**
             * Format: int32
             * @description The group's number; 0 for devices of no group.
             */
            group: number;
            group_name?: string | null;
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description Unix seconds of the first time it was asked.
             */
            made_at: number;
            name: string;
            note?: string | null;
            /** @description Her reason. */
            reason?: string | null;
            /** @description `open`, `forwarded`, `opened` or `refused`. */
            state: string;
            /**
             * Format: int64
             * @description Unix seconds until which it is open.
             */
            until?: number | null;
            /** @description `lesson`, `homework`, `mistake` or `other`. */
            why?: string | null;
        };
        /** @description A page of requests. */
        RequestList: {
            items: components["schemas"]["Request"][];
            /** Format: int64 */
            next?: number | null;
        };
        /** @description Yes, have the box begin as new. */
        ResetForm: {
            /** @description The school's name, or what `confirm` of the box says. */
            confirm: string;
            /** @description Whether the box keeps its place in the network. */
            keeps_network: boolean;
            /** @description The password of whoever resets. */
            password: string;
        };
        /** @description Yes, restore it. */
        RestoreForm: {
            /** @description Whether the box keeps its place in the network, in place of the one in the backup. */
            own_network: boolean;
            /** @description The password of whoever restores. */
            password: string;
        };
        /**
         * @description The role of an account.
         * @enum {string}
         */
        RoleId: "admin" | "teacher" | "counsellor" | "principal" | "inspector";
        /** @description The ruleset in use. */
        RulesetInUse: {
            /**
             * Format: int64
             * @description Unix seconds when it was compiled; `null` when the box did not know the time then.
             */
            built?: number | null;
            /** Format: int64 */
            names: number;
        };
        /** @description What was found of one engine. */
        SafeCheck: {
            /** @description The engine's id. */
            engine: string;
            /** @description How many names it has. */
            names: number;
            /** @description By kind of record. */
            records: components["schemas"]["SafeRecord"][];
            /** @description The worst that was found. */
            state: components["schemas"]["SafeState"];
        };
        /** @description What was found. */
        SafeChecks: {
            items: components["schemas"]["SafeCheck"][];
        };
        /** @description An engine with a safe form. */
        SafeEngine: {
            id: string;
            /** @description `search` or `video`. */
            kind: string;
            name: string;
            /** @description By the tier's id. */
            tiers: {
                [key: string]: components["schemas"]["SafeFormView"];
            };
        };
        /** @description All engines. */
        SafeEngineList: {
            /** @description The tiers for which search engines without a safe form are closed. */
            closed_without: components["schemas"]["TierId"][];
            items: components["schemas"]["SafeEngine"][];
        };
        /** @description What a tier gets of an engine. */
        SafeFormView: {
            /** @description The host that answers instead; `null` where addresses do, or the engine is as it is. */
            host?: string | null;
            /** @description `off`, `moderate` or `strict`. */
            strictness: string;
        };
        /** @description For whom it is checked. */
        SafeQuestion: {
            /**
             * Format: int32
             * @description The group's number; devices in no group without.
             */
            group?: number | null;
        };
        /** @description What was found of one kind of record. */
        SafeRecord: {
            /** @description One of them. */
            example?: string | null;
            /** @description `A`, `AAAA` or `HTTPS`. */
            kind: string;
            /** @description Of how many names that is so. */
            names: number;
            /** @description The worst that was found. */
            state: components["schemas"]["SafeState"];
        };
        /**
         * @description How the answers about an engine's names look.
         * @enum {string}
         */
        SafeState: "off" | "closed" | "safe" | "unanswered" | "unsafe";
        /** @description What became of a change. */
        SavedView: {
            /** @description Whether the filter starts anew for them, in a moment, for about a second. */
            restarts: boolean;
            /** @description The settings as they are now. */
            settings: components["schemas"]["SettingsView"];
            /** @description Parts that do not work now. */
            troubles: components["schemas"]["Finding"][];
        };
        /** @description `[school]`. */
        SchoolPart: {
            /** @description Lessons of each day, Monday first, such as `07:00-07:45`. */
            bells: string[][];
            /** @description `tel:`, `mailto:` or `sips:`. */
            contact: string[];
            help: components["schemas"]["HelpView"][];
            language: components["schemas"]["LanguageTag"];
            name: string;
            /** @description An IANA name. */
            time_zone: string;
        };
        /** @description All services. */
        ServiceList: {
            items: components["schemas"]["ServiceView"][];
        };
        /** @description One service. */
        ServiceView: {
            action?: components["schemas"]["ActionId"] | null;
            category?: string | null;
            id: string;
            /** @description The id of the level that decided so. */
            level?: string | null;
            name: string;
            /** @description The switches that hold. */
            switches: components["schemas"]["ExceptionView"][];
            /** @description What each tier's table says of its category. */
            tiers: {
                [key: string]: components["schemas"]["ActionId"];
            };
        };
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
        /** @description The settings. */
        SettingsView: {
            defaults: components["schemas"]["Parts"];
            /** @description Where the file is. */
            file: string;
            /** @description Whether there are settings before these, which `POST /settings/undo` brings back. */
            has_before: boolean;
            /** @description What is wrong with the file as it is now. Then the values are those in use. */
            mistakes: components["schemas"]["MistakeView"][];
            pending?: components["schemas"]["Pending"] | null;
            /** @description Why the box may not write it; `null` when it may. */
            read_only?: string | null;
            /** @description Key paths that the file sets. */
            set: string[];
            /** @description What a change names in `If-Match`. */
            tag: string;
            values: components["schemas"]["Parts"];
            went_back?: components["schemas"]["WentBackView"] | null;
        };
        /**
         * @description How bad a finding is.
         * @enum {string}
         */
        Severity: "info" | "warning" | "error";
        /** @description By what somebody signs in. */
        SignIn: {
            name: string;
            password: string;
            /** @description The six digits of the phone, for accounts that ask for them. */
            totp?: string | null;
        };
        /** @description A switch to be turned. */
        SwitchWish: {
            action?: components["schemas"]["OpenOrClose"] | null;
            /**
             * Format: int32
             * @description The group's number; the whole school without.
             */
            group?: number | null;
            /** @description Why; needed unless the switch is taken back. */
            reason?: string | null;
            /**
             * Format: int64
             * @description Unix seconds when it ends by itself.
             */
            until?: number | null;
        };
        /** @description A backup that was taken in. */
        TakenIn: {
            /** Format: int64 */
            bytes: number;
        };
        /** @description What is opened: exactly one of these. */
        Target: {
            /** @description A host name with what lies below it. */
            name: string;
        } | {
            /** @description A category's id. */
            category: string;
        } | {
            /** @description A service's id. */
            service: string;
        };
        /** @description A tier's blocks, today and in seven days. */
        TierCount: {
            /** Format: int64 */
            blocked: number;
            name: string;
            tier: components["schemas"]["TierId"];
            /** Format: int64 */
            week: number;
        };
        /**
         * @description A tier's id.
         * @enum {string}
         */
        TierId: "mam-non" | "tieu-hoc" | "thcs" | "thpt" | "staff";
        /** @description All tiers. */
        TierList: {
            items: components["schemas"]["TierView"][];
        };
        /** @description One tier with its column. */
        TierView: {
            /** @description Youngest and oldest age; absent for staff. */
            ages?: number[] | null;
            /** @description By the category's id. */
            cells: {
                [key: string]: components["schemas"]["CellView"];
            };
            name: string;
            /** @description `off`, `moderate` or `strict`. */
            safe_search: string;
            tier: components["schemas"]["TierId"];
            youtube: string;
        };
        /** @description Numbers of today. */
        Today: {
            /** Format: int64 */
            blocked: number;
            /** Format: int64 */
            queries: number;
        };
        /** @description The tokens of a group, and what they can be used for. */
        TokenList: {
            items: components["schemas"]["TokenView"][];
            /** @description Most that a group has at a time. */
            most: number;
            ways: components["schemas"]["DnsWays"];
        };
        /** @description A token as it can be told from others. */
        TokenView: {
            /** @description Its first characters. */
            first: string;
            /**
             * Format: int64
             * @description Unix seconds; `null` when the box did not know the time.
             */
            made_at?: number | null;
            made_by: string;
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
        /** @description A well-known name that a list would close. */
        TrialClosed: {
            /** @description The list's entry: the name or one above it. */
            entry: string;
            /** @description Whether it is a Vietnamese name. */
            is_vietnamese: boolean;
            /** @description The name. */
            name: string;
            /** @description The ids of the tiers for which it would be closed. */
            tiers: string[];
        };
        /** @description A count that is under way. */
        TrialCount: {
            /** @description The category's id. */
            category: string;
            /**
             * Format: int32
             * @description Devices of these entries together, at least; 0 where there is no such entry.
             */
            devices: number;
            /**
             * Format: int64
             * @description How many entries are counted.
             */
            entries: number;
            /**
             * Format: int32
             * @description The least number of devices that an entry is told from.
             */
            fewest: number;
            /**
             * Format: int64
             * @description Entries that so many devices would have been hit by.
             */
            hit: number;
            /** @description Whether there may be more devices than can be told apart. */
            is_full: boolean;
            /** @description What people call the list. */
            label: string;
            /**
             * Format: int64
             * @description In how many seconds it ends by itself.
             */
            left: number;
            /**
             * Format: int64
             * @description For how many seconds it has been counted.
             */
            seconds: number;
        };
        /** @description What a list would do. */
        TrialEffect: {
            /** @description The first of them, Vietnamese ones first. */
            closes: components["schemas"]["TrialClosed"][];
            /** @description How many well-known names it would newly close. */
            closes_in_all: number;
            /**
             * Format: int64
             * @description Entries that came in.
             */
            entries: number;
            /**
             * Format: int64
             * @description Entries that reach less far than they say, because many share the name they are of.
             */
            narrowed: number;
            /**
             * Format: int64
             * @description Of these, entries whose name has the category nowhere yet.
             */
            new: number;
            /** @description Lists in use that have some of the names already, the one with most first. */
            overlaps: components["schemas"]["TrialOverlap"][];
            /**
             * Format: int64
             * @description Lines that did not come in.
             */
            refused: number;
            /** @description The first of them. */
            refused_lines: components["schemas"]["TrialRefused"][];
            /** @description The first of them. */
            spared: string[];
            /**
             * @description How many well-known names it has that stay open whatever it says: help lines, always-open and
             *     protected ones.
             */
            spared_in_all: number;
        };
        /** @description A list to be tried. */
        TrialForm: {
            /** @description The category's id. */
            category: string;
            /** @description Whether it is counted from now on how many devices it would have hit. */
            counts: boolean;
            /** @description `hosts`, `domains`, `adblock`, `rpz`, `dnsmasq`, `unbound` or `addresses`. */
            format: string;
            /** @description What to call it: the file's name, say. */
            label: string;
            /** @description The list, as it stands in its file. */
            text: string;
        };
        /** @description A list that has names of another one already. */
        TrialOverlap: {
            /**
             * Format: int64
             * @description How many.
             */
            entries: number;
            /** @description Its id. */
            list: string;
        };
        /** @description A line that did not come in. */
        TrialRefused: {
            /**
             * Format: int64
             * @description Its number, from 1.
             */
            line: number;
            /** @description Why: an id that outlives versions. */
            reason: string;
            /** @description How it begins, safe to show. */
            text: string;
        };
        /** @description What is on trial. */
        TrialState: {
            count?: components["schemas"]["TrialCount"] | null;
        };
        /** @description What a list that was tried would do. */
        TrialView: {
            count?: components["schemas"]["TrialCount"] | null;
            effect: components["schemas"]["TrialEffect"];
        };
        /** @description One's own password, again. */
        UndoForm: {
            password: string;
        };
        /** @description Until when. */
        Until: "bell" | {
            /**
             * Format: int32
             * @description So many minutes.
             */
            minutes: number;
        };
        /** @description Upstreams to try, as in the file. */
        UpstreamsToTry: {
            upstreams: string[];
        };
        /** @description How they answered. */
        UpstreamsTried: {
            findings: components["schemas"]["Finding"][];
        };
        /** @description A verdict in words that outlive versions. */
        VerdictView: {
            /** @description `allow`, `block` or `restrict`. */
            action: string;
            /** @description Whether the counsellor is told. */
            alert: boolean;
            /** @description The id of the category that decided. */
            category?: string | null;
            /** @description The id of the level that decided. */
            level: string;
            /** @description The id of the list whose entry decided. */
            list?: string | null;
            /** @description Whether the log keeps no name. */
            no_name: boolean;
            /** @description The entry, `exception 12`, `mode exam`, `timetable …`, `heuristic …`. */
            rule?: string | null;
        };
        /** @description What waits for a person. */
        Waiting: {
            backup?: components["schemas"]["BackupDue"] | null;
            /**
             * Format: int32
             * @description Reports that nobody has looked at: only the counsellor is told.
             */
            reports?: number | null;
            /**
             * Format: int64
             * @description Pupils' requests: of her groups, or all.
             */
            requests: number;
        };
        /** @description `[web]`: the pages themselves. */
        WebPart: {
            listen: string[];
            management: string[];
            names: string[];
            staff: string[];
        };
        /** @description What the box put back by itself. */
        WentBackView: {
            /**
             * Format: int64
             * @description Unix seconds; `null` where the box did not know the time.
             */
            at?: number | null;
            /** @description Who had made the change; `null` where that is not known. */
            by?: string | null;
            /** @description Key paths of the settings that are as before; none of a restore. */
            changed: string[];
            /** @description What kept the box from starting, in the reader's language. */
            reason?: string | null;
            why: components["schemas"]["WhyBack"];
        };
        /** @description A question. Without group and address it is asked for devices in no group. */
        WhyAsked: {
            /** @description The address of a device; for administrators. */
            address?: string | null;
            /**
             * Format: int64
             * @description Unix seconds; now without.
             */
            at?: number | null;
            /**
             * Format: int32
             * @description The group's number.
             */
            group?: number | null;
            /** @description The name, or a URL whose host is meant. */
            name: string;
        };
        /**
         * @description Why the box put something back by itself.
         * @enum {string}
         */
        WhyBack: "unconfirmed" | "no-start" | "died" | "restore";
        /** @description The device that was asked for, and by what it was recognised. */
        WhyDevice: {
            address: string;
            interface?: string | null;
            known_by: string;
            mac?: string | null;
            name?: string | null;
            selector?: string | null;
        };
        /** @description One step. */
        WhyStep: {
            category?: string | null;
            class: string;
            entry: string;
            list: string;
            /** @enum {string} */
            step: "listed";
        } | {
            category?: string | null;
            name: string;
            /** @enum {string} */
            step: "protected";
        } | {
            category?: string | null;
            /** @enum {string} */
            step: "corrected";
        } | {
            kind: string;
            /** @enum {string} */
            step: "guessed";
            what: string;
        } | {
            author: string;
            /** Format: int64 */
            exception: number;
            level: string;
            needs: string;
            reason: string;
            /** @enum {string} */
            step: "refused";
        } | {
            level: string;
            /** @enum {string} */
            step: "decided";
        };
        /** @description The verdict and all that leads to it. */
        WhyView: components["schemas"]["VerdictView"] & {
            /** @description The time of the question, RFC 3339. */
            at?: string | null;
            /** @description Who made the rule: the author of an exception, the source of a list. */
            author?: string | null;
            /** @description What led to it, in order. */
            chain: components["schemas"]["WhyStep"][];
            client?: components["schemas"]["WhyDevice"] | null;
            /** @description The group's name. */
            group?: string | null;
            /** @description The name, in A-labels. */
            name: string;
            /** @description The reason somebody gave. */
            reason?: string | null;
            /** @description What answers instead, where the name has a safe form. */
            safe_form?: string | null;
            tier: string;
            /** @description What each tier gets by itself. */
            tiers: {
                [key: string]: components["schemas"]["VerdictView"];
            };
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
