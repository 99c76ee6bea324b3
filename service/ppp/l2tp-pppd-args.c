/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The configuration as pppd's argument vector. Pure. What is the user's comes from the option
 * table, what is ours from one list. Sources: pppd(8), PPP-4 … PPP-12, PPP-26 … PPP-30. */

#include "l2tp-pppd-args.h"

#include "service/ppp/l2tp-link.h"

static const char *const always[] = {
  "nodetach",
  "nolock",
  "nopersist",
  "noauth",
  "noipdefault",
  "ipcp-accept-local",
  "ipcp-accept-remote",
  "nodefaultroute",
  /* Compression that needs every packet, in order; L2TP promises neither (DATA-5, KRN-17). */
  "novj",
  "nobsdcomp",
  "nodeflate",
  /* A request that the LNS was not yet ready for goes again after 1 s, not 3 (PPP-24). */
  "lcp-restart",
  "1",
  "ipcp-restart",
  "1",
  "lcp-max-terminate",
  "2",
  /* What the LNS sends proves that it lives: no echo needed meanwhile. */
  "lcp-echo-adaptive",
  "logfd",
  "2",
};

/* The files come over the link (l2tp-link.h): a pppd that waits can be given others than those that
 * were there when it started. With these, who speaks for the LNS has proved that it is the LNS. */
static const char *const with_tls[] = {
  "need-peer-eap", "refuse-pap", "refuse-chap", "refuse-mschap", "refuse-mschap-v2",
};

static void
add (GPtrArray *args, const char *word)
{
  g_ptr_array_add (args, g_strdup (word));
}

static void
add_uint (GPtrArray *args, const char *flag, guint value)
{
  add (args, flag);
  g_ptr_array_add (args, g_strdup_printf ("%u", value));
}

static gboolean
is_always (const char *flag)
{
  for (gsize i = 0; i < G_N_ELEMENTS (always); i++)
    if (g_str_equal (always[i], flag))
      return TRUE;
  return FALSE;
}

static gboolean
is_refusal (L2tpOptionId id)
{
  return id >= L2TP_OPTION_REFUSE_EAP && id <= L2TP_OPTION_REFUSE_MSCHAPV2;
}

static void
add_table (GPtrArray *args, L2tpConfig *config)
{
  gboolean tls = l2tp_pppd_args_want_tls (config);

  for (guint i = 0; i < L2TP_N_OPTIONS; i++)
    {
      const L2tpOption *option = l2tp_option_get (i);

      if (option->pppd == NULL || is_always (option->pppd) || (tls && is_refusal (i)))
        continue;
      if (option->type == L2TP_OPTION_TYPE_UINT)
        add_uint (args, option->pppd, l2tp_config_get_uint (config, i));
      else if (option->type == L2TP_OPTION_TYPE_BOOL && l2tp_config_get_boolean (config, i))
        add (args, option->pppd);
    }
  for (gsize i = 0; tls && i < G_N_ELEMENTS (with_tls); i++)
    add (args, with_tls[i]);
}

/* An absent user is the empty name: pppd would send the name of this host. */
static void
add_user (GPtrArray *args, L2tpConfig *config)
{
  const char *user = l2tp_config_get_string (config, L2TP_OPTION_USER);
  const char *domain = l2tp_config_get_string (config, L2TP_OPTION_DOMAIN);

  add (args, "user");
  if (user != NULL && domain != NULL)
    g_ptr_array_add (args, g_strdup_printf ("%s\\%s", domain, user));
  else
    add (args, user != NULL ? user : "");
}

gboolean
l2tp_pppd_args_want_mppe (L2tpConfig *config)
{
  return l2tp_config_get_boolean (config, L2TP_OPTION_REQUIRE_MPPE) ||
         l2tp_config_get_boolean (config, L2TP_OPTION_REQUIRE_MPPE_40) ||
         l2tp_config_get_boolean (config, L2TP_OPTION_REQUIRE_MPPE_128);
}

gboolean
l2tp_pppd_args_want_tls (L2tpConfig *config)
{
  return g_str_equal (l2tp_config_get_string (config, L2TP_OPTION_USER_AUTH_TYPE), "tls");
}

static void
add_ipv6 (GPtrArray *args, L2tpConfig *config)
{
  if (!l2tp_config_get_boolean (config, L2TP_OPTION_IPV6))
    {
      add (args, "noipv6");
      return;
    }
  add (args, "ipv6cp-accept-local");
  add_uint (args, "ipv6cp-restart", 1);
}

char **
l2tp_pppd_args_build (const char *pppd,
                      const char *plugin,
                      int link_fd,
                      const char *ipparam,
                      L2tpConfig *config)
{
  GPtrArray *args = g_ptr_array_new ();
  const char *ifname = l2tp_config_get_string (config, L2TP_OPTION_INTERFACE_NAME);
  const char *peer = l2tp_config_get_string (config, L2TP_OPTION_IPCP_PEER_IP);

  add (args, pppd);
  for (gsize i = 0; i < G_N_ELEMENTS (always); i++)
    add (args, always[i]);
  if (!l2tp_pppd_args_want_mppe (config))
    add (args, "noccp");
  add_table (args, config);
  add_ipv6 (args, config);
  add_uint (args, "mtu", l2tp_config_get_max_mtu (config));
  add_uint (args, "mru", l2tp_config_get_uint (config, L2TP_OPTION_MRU));
  add_user (args, config);
  if (ifname != NULL)
    {
      add (args, "ifname");
      add (args, ifname);
    }
  if (peer != NULL) /* "local:remote" */
    g_ptr_array_add (args, g_strconcat (":", peer, NULL));
  add (args, "ipparam");
  add (args, ipparam);
  /* The link's option exists only once the plugin is loaded (KRN-18). */
  add (args, "plugin");
  add (args, plugin);
  add_uint (args, L2TP_LINK_OPTION, (guint) link_fd);
  g_ptr_array_add (args, NULL);
  return (char **) g_ptr_array_free (args, FALSE);
}
