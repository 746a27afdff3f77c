namespace Springtail.Sessions;

/// <summary>Whoever keeps many sessions, and is told when one of them wants something else of it.</summary>
internal interface ISessionOwner
{
    /// <summary>The session's <see cref="Session.Deadline"/> or its open ports have changed.</summary>
    void Touch(Session session);
}
