/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The private link between the service and the plugin inside pppd: what is on it and how it is
 * framed. Plain C without GLib, because the plugin is a guest in pppd's process.
 *
 * A SOCK_SEQPACKET pair, one message a packet: one octet of type, then the type's struct, nothing
 * else; file descriptors ride along as SCM_RIGHTS. Both ends are of one build, so structs are in
 * native layout; each side still checks type, size and range of all it gets and ends the link on
 * the first fault. */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

#define L2TP_LINK_VERSION     3
#define L2TP_LINK_OPTION      "l2tp-client-link" /* pppd's option that carries the descriptor */
#define L2TP_LINK_TEXT_MAX    512                /* octets with the terminating NUL */
#define L2TP_LINK_SECRET_MAX  256                /* pppd's MAXSECRETLEN, with the terminating NUL */
#define L2TP_LINK_FDS_MAX     6
#define L2TP_LINK_RESTART_MAX 10
#define L2TP_LINK_NO_UNIT     (-1)

/* What authenticates us, and the LNS, by EAP-TLS. */
enum
{
  L2TP_LINK_IDENTITY_CA,
  L2TP_LINK_IDENTITY_CERT, /* with its chain */
  L2TP_LINK_IDENTITY_KEY,  /* without a passphrase */
  L2TP_LINK_N_IDENTITY_FDS,
};

typedef enum
{
  /* service → pppd */
  L2TP_LINK_SESSION = 1,  /* L2tpLinkSession; fds: session, UDP, tunnel, service's end of the link
                           * and of the output, and, when unit >= 0, the unit */
  L2TP_LINK_SECRET = 2,   /* L2tpLinkSecret: the answer to SECRET_WANTED */
  L2TP_LINK_ADOPTED = 3,  /* no body; fd: a pidfd of the service that has taken over */
  L2TP_LINK_IDENTITY = 4, /* no body; fds: L2TP_LINK_N_IDENTITY_FDS files in PEM; before SESSION */

  /* pppd → service */
  L2TP_LINK_HELLO = 16,         /* L2tpLinkHello: the plugin is loaded and waits for a session */
  L2TP_LINK_PHASE = 17,         /* L2tpLinkPhase */
  L2TP_LINK_UNIT = 18,          /* L2tpLinkUnit; fd: a duplicate of the unit's descriptor */
  L2TP_LINK_SECRET_WANTED = 19, /* no body: pppd waits for SECRET */
  L2TP_LINK_PEER_MESSAGE = 20,  /* L2tpLinkText: why the LNS refused us, or what it let us know */
  L2TP_LINK_IP_UP = 21,         /* L2tpLinkIpUp */
  L2TP_LINK_IP_DOWN = 22,       /* no body */
  L2TP_LINK_EXIT = 23,          /* L2tpLinkExit: pppd is about to exit, the last message */
  L2TP_LINK_AUTH = 24,          /* L2tpLinkAuth: the authentication is over; before NETWORK */
  L2TP_LINK_IPV6_UP = 25,       /* L2tpLinkIpv6Up */
  L2TP_LINK_IPV6_DOWN = 26,     /* no body */
} L2tpLinkType;

typedef struct
{
  int32_t unit;          /* the unit to adopt (PPP-29), or L2TP_LINK_NO_UNIT to make one */
  uint32_t mtu;          /* octets */
  uint32_t mru;          /* octets */
  uint32_t listen_time;  /* ms (PPP-26) */
  uint32_t restart_time; /* s (PPP-1) */
} L2tpLinkSession;

typedef struct
{
  uint8_t valid; /* 0: there is no secret, authentication must fail */
  char secret[L2TP_LINK_SECRET_MAX];
} L2tpLinkSecret;

typedef struct
{
  uint32_t version;
} L2tpLinkHello;

typedef struct
{
  uint32_t phase; /* PPP-13 */
} L2tpLinkPhase;

/* How we proved who we are. */
typedef enum
{
  L2TP_LINK_AUTH_NONE, /* the LNS did not ask */
  L2TP_LINK_AUTH_PAP,
  L2TP_LINK_AUTH_CHAP_MD5,
  L2TP_LINK_AUTH_MSCHAP,
  L2TP_LINK_AUTH_MSCHAPV2,
  L2TP_LINK_AUTH_EAP,
  L2TP_LINK_AUTH_EAP_TLS,
  L2TP_LINK_N_AUTHS,
} L2tpLinkAuthMethod;

typedef struct
{
  uint32_t method;
} L2tpLinkAuth;

typedef struct
{
  int32_t unit;
} L2tpLinkUnit;

typedef struct
{
  char text[L2TP_LINK_TEXT_MAX]; /* NUL-terminated; otherwise any octets the LNS likes */
} L2tpLinkText;

typedef struct
{
  struct in_addr local;
  struct in_addr peer;
  struct in_addr dns[2]; /* INADDR_ANY: none */
  uint32_t mtu;          /* the most that the LNS takes, and we want */
  char ifname[16];
} L2tpLinkIpUp;

/* The lower halves of link-local addresses (PPP-7). */
typedef struct
{
  uint8_t local[8];
  uint8_t peer[8];
} L2tpLinkIpv6Up;

typedef struct
{
  int32_t status; /* pppd's exit status, ERR-40… */
} L2tpLinkExit;

/* Room for any body, aligned for all of them. */
typedef union
{
  L2tpLinkSession session;
  L2tpLinkSecret secret;
  L2tpLinkHello hello;
  L2tpLinkPhase phase;
  L2tpLinkAuth auth;
  L2tpLinkUnit unit;
  L2tpLinkText text;
  L2tpLinkIpUp ip_up;
  L2tpLinkIpv6Up ipv6_up;
  L2tpLinkExit exit;
} L2tpLinkBody;

/* l2tp_link_body_size:
 * Returns the exact size of @type's body, or -1 for an unknown type. */
ptrdiff_t l2tp_link_body_size (uint8_t type);

/* l2tp_link_send:
 * Sends one message; never blocks. Returns 0, or -1 with errno. The descriptors stay the caller's.
 */
int l2tp_link_send (int fd, uint8_t type, const void *body, const int *fds, size_t n_fds);

/* l2tp_link_receive:
 * @body: room for the largest body, L2TP_LINK_BODY_MAX octets
 * @ret_fds: room for L2TP_LINK_FDS_MAX; the caller owns them, all close-on-exec
 *
 * Receives one message; never blocks. Returns its type, 0 at the end of the link, or -1 with errno:
 * EAGAIN when there is none, EBADMSG for a malformed one (its descriptors are closed). */
#define L2TP_LINK_BODY_MAX L2TP_LINK_TEXT_MAX
int l2tp_link_receive (int fd, void *body, int *ret_fds, size_t *ret_n_fds);
