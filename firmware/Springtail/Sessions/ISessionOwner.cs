namespace Springtail.Sessions;

/// <summary>The owner of many sessions, which is told when the deadline or the ports of one of them change.</summary>
internal interface ISessionOwner
{
    /// <summary>The session's <see cref="Session.Deadline"/> or its open ports have changed.</summary>
    void Touch(Session session);
}
