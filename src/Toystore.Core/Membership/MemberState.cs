namespace Toystore.Core.Membership;

/// <summary>What is believed of a member. The numbers are the wire's, and the order is the order of precedence within one incarnation.</summary>
public enum MemberState
{
    /// <summary>It answers, or nobody says otherwise.</summary>
    Alive = 0,

    /// <summary>Somebody could not reach it, neither directly nor through others. Ask it last. It has until the end of the suspicion to refute.</summary>
    Suspect = 1,

    /// <summary>It did not refute in time. Known still, and contacted again for ever at a low rate.</summary>
    Dead = 2,

    /// <summary>It said goodbye itself. Not a crash; it may return.</summary>
    Left = 3,
}
