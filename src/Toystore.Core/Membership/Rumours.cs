namespace Toystore.Core.Membership;

/// <summary>
/// The news that is being told: for each number of times told a list of members, newest first among the untold. Least told goes first (SWIM §4.1), up to the limit. What is told of a member is what is held of it at that
/// moment, so newer news takes the place of older by itself. No allocation: the lists run through the contacts.
/// </summary>
internal sealed class Rumours
{
    /// <summary>Rumours too long for what is left of a packet that are passed over before the search for a shorter one ends.</summary>
    private const int MisfitsMax = 8;

    private readonly List<(Contact? First, Contact? Last)> _told = [];
    private readonly List<Contact> _chosen = [];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>There is news of a member, told to nobody yet.</summary>
    public void Tell(Contact contact)
    {
        Drop(contact);
        Link(contact, 0, isFirst: true);
    }

    /// <summary>Nothing more is told of a member.</summary>
    public void Drop(Contact contact)
    {
        if (contact.Told < 0)
        {
            return;
        }

        var (first, last) = _told[contact.Told];
        _told[contact.Told] = (first == contact ? contact.After : first, last == contact ? contact.Before : last);
        if (contact.Before is { } before)
        {
            before.After = contact.After;
        }

        if (contact.After is { } after)
        {
            after.Before = contact.Before;
        }

        (contact.Before, contact.After, contact.Told) = (null, null, -1);
        Count--;
    }

    /// <summary>Writes as many as fit into a packet, <paramref name="countMax"/> at most, and counts them as told once more; those told <paramref name="tellMax"/> times are told no longer. The number written.</summary>
    public int Fill(ref WireWriter packet, int tellMax, int countMax = int.MaxValue)
    {
        _chosen.Clear();
        var misfits = 0;
        for (var told = 0; told < _told.Count && misfits < MisfitsMax && _chosen.Count < countMax; told++)
        {
            for (var contact = _told[told].First; contact is not null && misfits < MisfitsMax && _chosen.Count < countMax; contact = contact.After)
            {
                if (contact.TryWriteRumour(ref packet))
                {
                    _chosen.Add(contact);
                }
                else
                {
                    misfits++;
                }
            }
        }

        foreach (var contact in _chosen)
        {
            var told = contact.Told + 1;
            Drop(contact);
            if (told < tellMax)
            {
                Link(contact, told, isFirst: false);
            }
        }

        return _chosen.Count;
    }

    private void Link(Contact contact, int told, bool isFirst)
    {
        while (_told.Count <= told)
        {
            _told.Add(default);
        }

        var (first, last) = _told[told];
        contact.Told = told;
        if (isFirst)
        {
            contact.After = first;
            first?.Before = contact;
            _told[told] = (contact, last ?? contact);
        }
        else
        {
            contact.Before = last;
            last?.After = contact;
            _told[told] = (first ?? contact, contact);
        }

        Count++;
    }
}
