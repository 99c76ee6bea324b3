/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The PPP options: which ways to authenticate, MPPE, compression, echo requests, sizes. Only what
 * is in the window; the rest is NmL2tpDialog's. */

#include "nm-l2tp-dialog.h"

#include "nm-plugin/shared/nm-l2tp-profile.h"

#include <glib/gi18n-lib.h>

/* GNOME and KDE write these for a ticked box. */
#define ECHO_FAILURE  "5"
#define ECHO_INTERVAL "30"

/* Without any key the service sends echo requests, so an empty box must say 0. */
static const char *
fetch_echo (NMSettingVpn *setting)
{
  const char *interval = nm_l2tp_profile_get (setting, L2TP_OPTION_LCP_ECHO_INTERVAL);
  const char *failure = nm_l2tp_profile_get (setting, L2TP_OPTION_LCP_ECHO_FAILURE);

  return g_strcmp0 (interval, "0") == 0 || g_strcmp0 (failure, "0") == 0 ? NULL : "yes";
}

static void
store_echo (NMSettingVpn *setting, const char *text)
{
  nm_l2tp_profile_set (setting, L2TP_OPTION_LCP_ECHO_FAILURE, text != NULL ? ECHO_FAILURE : "0");
  nm_l2tp_profile_set (setting, L2TP_OPTION_LCP_ECHO_INTERVAL, text != NULL ? ECHO_INTERVAL : "0");
}

/* The words are the keys. */
static const char *const mppe_words[] = { "none", "require-mppe", "require-mppe-128",
                                          "require-mppe-40", NULL };
static const char *const mppe_names[] = { N_ ("Not required"), N_ ("Any strength"),
                                          N_ ("128 bits (more secure)"),
                                          N_ ("40 bits (less secure)"), NULL };

static L2tpOptionId
mppe_id (const char *word)
{
  L2tpOptionId id = L2TP_OPTION_REQUIRE_MPPE;

  l2tp_option_find (word, &id);
  return id;
}

/* Of several the most particular one counts. */
static const char *
fetch_mppe (NMSettingVpn *setting)
{
  for (guint i = G_N_ELEMENTS (mppe_words) - 2; i > 0; i--)
    if (nm_l2tp_profile_get_yes (setting, mppe_id (mppe_words[i])))
      return mppe_words[i];
  return mppe_words[0];
}

static void
store_mppe (NMSettingVpn *setting, const char *text)
{
  for (guint i = 1; mppe_words[i] != NULL; i++)
    nm_l2tp_profile_set (setting, mppe_id (mppe_words[i]),
                         g_strcmp0 (text, mppe_words[i]) == 0 ? "yes" : NULL);
}

static const NmL2tpFieldKeys echo_keys = { fetch_echo, store_echo };
static const NmL2tpFieldKeys mppe_keys = { fetch_mppe, store_mppe };

#define CHECK(ID, LABEL, ...)                                                                      \
  {                                                                                                \
    .kind = NM_L2TP_FIELD_CHECK, .id = L2TP_OPTION_##ID, .label = LABEL, __VA_ARGS__               \
  }
/* The key forbids what the box allows. */
#define ALLOW(ID, LABEL, PLACE) CHECK (ID, LABEL, .inverted = TRUE, .place = NM_L2TP_PLACE_##PLACE)

static const NmL2tpFieldSpec methods[] = {
  ALLOW (REFUSE_PAP, N_ ("_PAP"), LEFT),       ALLOW (REFUSE_CHAP, N_ ("C_HAP"), RIGHT),
  ALLOW (REFUSE_MSCHAP, N_ ("_MSCHAP"), LEFT), ALLOW (REFUSE_MSCHAPV2, N_ ("MSCHAPv_2"), RIGHT),
  ALLOW (REFUSE_EAP, N_ ("_EAP"), LEFT),
};

static const NmL2tpFieldSpec security[] = {
  { .kind = NM_L2TP_FIELD_CHOICE,
    .id = L2TP_OPTION_REQUIRE_MPPE,
    .label = N_ ("E_ncryption (MPPE)"),
    .hint = N_ ("Encrypt what is sent through the VPN; needs MSCHAP or MSCHAPv2"),
    .words = mppe_words,
    .names = mppe_names,
    .keys = &mppe_keys },
  CHECK (MPPE_STATEFUL, N_ ("Allow _stateful encryption")),
};

static const NmL2tpFieldSpec compression[] = {
  ALLOW (NOBSDCOMP, N_ ("_BSD data compression"), LEFT),
  ALLOW (NODEFLATE, N_ ("_Deflate data compression"), RIGHT),
  ALLOW (NO_VJ_COMP, N_ ("_TCP header compression"), LEFT),
  ALLOW (NOPCOMP, N_ ("Protocol _field compression"), RIGHT),
  ALLOW (NOACCOMP, N_ ("Address and contr_ol compression"), LEFT),
};

static const NmL2tpFieldSpec link_fields[] = {
  { .kind = NM_L2TP_FIELD_ENTRY, .id = L2TP_OPTION_MTU, .label = N_ ("MT_U") },
  { .kind = NM_L2TP_FIELD_ENTRY, .id = L2TP_OPTION_MRU, .label = N_ ("M_RU") },
  { .kind = NM_L2TP_FIELD_ENTRY,
    .id = L2TP_OPTION_MRRU,
    .label = N_ ("Multi_link MRRU"),
    .placeholder = N_ ("No multilink") },
  { .kind = NM_L2TP_FIELD_CHECK,
    .id = L2TP_OPTION_LCP_ECHO_INTERVAL,
    .label = N_ ("Send PPP echo re_quests"),
    .hint = N_ ("Notice when the gateway is gone: requests stay unanswered then"),
    .keys = &echo_keys },
};

static void
fill (NmL2tpForm *form)
{
  nm_l2tp_form_add_section (form, N_ ("Allowed Authentication Methods"));
  nm_l2tp_form_add_fields (form, methods, G_N_ELEMENTS (methods));
  nm_l2tp_form_add_section (form, N_ ("Security"));
  nm_l2tp_form_add_fields (form, security, G_N_ELEMENTS (security));
  nm_l2tp_form_add_section (form, N_ ("Allowed Compression"));
  nm_l2tp_form_add_fields (form, compression, G_N_ELEMENTS (compression));
  nm_l2tp_form_add_section (form, N_ ("Link"));
  nm_l2tp_form_add_fields (form, link_fields, G_N_ELEMENTS (link_fields));
}

/* MPPE's keys come from MSCHAP. What is required without it can still be taken back. */
static void
follow (NmL2tpForm *form)
{
  gboolean mschap = nm_l2tp_form_has_text (form, L2TP_OPTION_REFUSE_MSCHAP, NULL) ||
                    nm_l2tp_form_has_text (form, L2TP_OPTION_REFUSE_MSCHAPV2, NULL);
  gboolean mppe = !nm_l2tp_form_has_text (form, L2TP_OPTION_REQUIRE_MPPE, mppe_words[0]);

  nm_l2tp_field_set_sensitive (nm_l2tp_form_find (form, L2TP_OPTION_REQUIRE_MPPE), mschap || mppe);
  nm_l2tp_field_set_sensitive (nm_l2tp_form_find (form, L2TP_OPTION_MPPE_STATEFUL), mppe);
}

const NmL2tpDialogSpec nm_l2tp_ppp_dialog = {
  .title = N_ ("PPP Options"),
  .name = "ppp-dialog",
  .fill = fill,
  .follow = follow,
};
