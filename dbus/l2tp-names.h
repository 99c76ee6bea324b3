/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Every name of the bus API, once. */

#pragma once

#include <glib.h>

#define L2TP_BUS_NAME           "org.l2tp"
#define L2TP_OBJECT_ROOT        "/org/l2tp"
#define L2TP_OBJECT_MANAGER     L2TP_OBJECT_ROOT "/Manager"
#define L2TP_OBJECT_CONNECTIONS L2TP_OBJECT_ROOT "/connections"

#define L2TP_INTERFACE_MANAGER    "org.l2tp.Manager"
#define L2TP_INTERFACE_CONNECTION "org.l2tp.Connection"
#define L2TP_INTERFACE_TUNNEL     "org.l2tp.Tunnel"
#define L2TP_INTERFACE_SESSION    "org.l2tp.Session"
#define L2TP_INTERFACE_AGENT      "org.l2tp.Agent"

/* Value of org.l2tp.Connection.Owner: no single user's. */
#define L2TP_OWNER_ALL G_MAXUINT32

/* The polkit actions (data/org.l2tp.policy). */
#define L2TP_ACTION_CONNECT       "org.l2tp.connect"
#define L2TP_ACTION_MODIFY_OWN    "org.l2tp.modify-own"
#define L2TP_ACTION_MODIFY_SYSTEM "org.l2tp.modify-system"
#define L2TP_ACTION_MANAGE        "org.l2tp.manage"

#define L2TP_ERROR_PREFIX "org.l2tp.Error."

/* Values of org.l2tp.Connection.State, in steps that map 1:1 to NetworkManager's. */
typedef enum
{
  L2TP_CONNECTION_STATE_UNKNOWN = 0,
  L2TP_CONNECTION_STATE_DISCONNECTED = 1,
  L2TP_CONNECTION_STATE_CONNECTING = 2,
  L2TP_CONNECTION_STATE_NEED_SECRETS = 3,
  L2TP_CONNECTION_STATE_CONNECTED = 4,
  L2TP_CONNECTION_STATE_RECONNECTING = 5,
  L2TP_CONNECTION_STATE_DISCONNECTING = 6,
  L2TP_CONNECTION_STATE_FAILED = 7,
} L2tpConnectionState;

/* Values of org.l2tp.Connection.StateReason. */
typedef enum
{
  L2TP_STATE_REASON_NONE = 0,
  L2TP_STATE_REASON_USER_REQUEST = 1,
  L2TP_STATE_REASON_CONNECTED = 2,
  L2TP_STATE_REASON_LOST = 3,
  L2TP_STATE_REASON_FAILED = 4,
  L2TP_STATE_REASON_SERVICE_STOPPING = 5,
  L2TP_STATE_REASON_SECRETS = 6,
  L2TP_STATE_REASON_UNBOUND = 7,
  L2TP_STATE_REASON_SLEEP = 8,
} L2tpStateReason;

/* Values of org.l2tp.Manager.State. */
typedef enum
{
  L2TP_MANAGER_STATE_NONE = 0,
  L2TP_MANAGER_STATE_CONNECTING = 1,
  L2TP_MANAGER_STATE_CONNECTED = 2,
  L2TP_MANAGER_STATE_ATTENTION = 3,
} L2tpManagerState;

/* The error domain: code, D-Bus name after L2TP_ERROR_PREFIX. */
#define L2TP_ERROR_LIST(X)                                                                         \
  X (NOT_AUTHORIZED, "NotAuthorized")                                                              \
  X (NOT_FOUND, "NotFound")                                                                        \
  X (INVALID_ARGUMENT, "InvalidArgument")                                                          \
  X (INVALID_SETTINGS, "InvalidSettings")                                                          \
  X (ALREADY_CONNECTED, "AlreadyConnected")                                                        \
  X (NOT_CONNECTED, "NotConnected")                                                                \
  X (IN_PROGRESS, "InProgress")                                                                    \
  X (BUSY, "Busy")                                                                                 \
  X (AUTH_FAILED, "AuthFailed")                                                                    \
  X (NO_SECRETS, "NoSecrets")                                                                      \
  X (AGENT_CANCELED, "AgentCanceled")                                                              \
  X (RESOLVE_FAILED, "ResolveFailed")                                                              \
  X (UNREACHABLE, "Unreachable")                                                                   \
  X (TIMEOUT, "Timeout")                                                                           \
  X (IKE_FAILED, "IkeFailed")                                                                      \
  X (TUNNEL_REFUSED, "TunnelRefused")                                                              \
  X (SESSION_REFUSED, "SessionRefused")                                                            \
  X (PPP_FAILED, "PppFailed")                                                                      \
  X (IP_CONFIG_FAILED, "IpConfigFailed")                                                           \
  X (MISSING_KERNEL_SUPPORT, "MissingKernelSupport")                                               \
  X (MISSING_DEPENDENCY, "MissingDependency")                                                      \
  X (FAILED, "Failed")
