import Notifications
import Polling

extension AlertCenter: AlertDecisions {}
